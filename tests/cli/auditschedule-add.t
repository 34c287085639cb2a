#!/usr/bin/perl
# Scheduling a report: by whom, for when, of what; told in the chain; and what is to come of it.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use Encode ();
use JSON::PP;
use Test::More;

my $c = AuditTest->cluster;
$c->createdb('app');
is $c->run(['auditmigrate', 'install', '-q'], db => 'app')->{status}, 0, 'installed' or BAIL_OUT('no database');
my ($one, $two) = ('11111111-1111-4111-8111-111111111111', '22222222-2222-4222-8222-222222222222');
my ($ada, $gone, $eve) = map { "aaaaaaaa-0000-4000-8000-00000000000$_" } 1 .. 3;
$c->psql('app', qq{
    INSERT INTO organizations (id, name) VALUES ('$one', 'One'), ('$two', 'Two');
    INSERT INTO auth.users (id) VALUES ('$ada'), ('$gone'), ('$eve');
    INSERT INTO profiles (id, organization_id, email, is_active)
    VALUES ('$ada', '$one', 'Ada\@example.org', true), ('$gone', '$one', 'gone\@example.org', false), ('$eve', '$two', 'eve\@example.org', true);
    CREATE ROLE runs LOGIN IN ROLE auditproof_scheduler, auditproof_auditor;
    CREATE ROLE tenant LOGIN IN ROLE authenticated;
    CREATE ROLE reader LOGIN IN ROLE auditproof_auditor});

sub as { my ($role, @args) = @_; return $c->run(['auditschedule', @args], db => 'app', env => {PGUSER => $role}) }
my @what = ('--org', $one, '--type', 'audit_summary', '--by', $ada);
sub add { return as('runs', 'add', @_) }
my @monthly = qw(--every monthly --on last --at 02:30 --zone Europe/Berlin);

sub row {
    my ($id) = @_;
    return decode_json $c->psql('app', qq{SELECT row_to_json(r) FROM (SELECT *, next_run_at AT TIME ZONE 'UTC' AS next FROM scheduled_reports) r WHERE id = '$id'});
}

sub told {
    my ($id, $action) = @_;
    return decode_json $c->psql('app', qq{SELECT coalesce(json_agg(row_to_json(l) ORDER BY created_at), '[]') FROM audit_logs l WHERE resource_id = '$id' AND action = '$action'});
}

subtest 'what repeats' => sub {
    my $r = add(@what, @monthly, '--name', Encode::encode('UTF-8', "Pr\x{fc}fung \x{202e}x"), '--format', 'pdf', '--mail', 'ada@example.org', '--mail', 'out@example.net');
    is $r->{status}, 0, 'is scheduled' or diag $r->{err};
    my ($id) = $r->{out} =~ /^([0-9a-f-]{36})\n\z/ or return fail 'prints its id alone';
    like $r->{err}, qr/audit_summary, pdf, due monthly on the last day at 02:30, Europe\/Berlin\n/, 'it says when';
    is scalar(my @times = $r->{err} =~ /^ +\d{4}-\d\d-\d\dT\d\d:30:00Z  \w{3} \d{4}-\d\d-\d\d 02:30 \+0[12]:00  \d{4}-\d\d-01 to \d{4}-\d\d-\d\d$/mg), 3, 'the next three, each with its month';
    like $r->{err}, qr/warning: out\@example\.net is the address of no active profile/, 'a stranger among who gets it';
    my $is = row($id);
    is_deeply [@{$is}{qw(organization_id created_by report_type format status last_run_at)}], [$one, $ada, 'audit_summary', 'pdf', 'pending', undef], 'as asked';
    is_deeply $is->{scheduling}, {frequency => 'monthly', dayOfMonth => 31, time => '02:30', timezone => 'Europe/Berlin'}, 'when';
    is_deeply $is->{delivery_emails}, ['ada@example.org', 'out@example.net'], 'who gets it';
    my $next = $c->psql('app', q{SELECT ((date_trunc('month', now() AT TIME ZONE 'Europe/Berlin') + interval '1 month - 1 day 21.5 hours'
        + n * interval '1 month') AT TIME ZONE 'Europe/Berlin') AT TIME ZONE 'UTC' FROM generate_series(0, 1) n WHERE n = 0});
    like $is->{next}, qr/^\d{4}-\d\d-\d\dT0[01]:30:00$/, 'its first time';
    like $is->{start_date}, qr/-01$/, 'the first period';
    my ($entry) = @{told($id, 'report.scheduled')};
    is_deeply [@{$entry}{qw(organization_id resource_type risk_level)}, @{$entry->{metadata}}{qw(source login report_type created_by recipients)}],
        [$one, 'scheduled_report', 'medium', 'auditproof', 'runs', 'audit_summary', $ada, 2], 'the chain tells';
    my $list = decode_json(as('runs', 'list')->{out})->{reports};
    is $list->[0]{id}, $id, 'it is listed';
};

subtest 'every word' => sub {
    my %when = (
        '--every daily --at 09:00' => {frequency => 'daily', time => '09:00', timezone => 'UTC'},
        '--every weekly --at 23:59 --on Sun --zone Asia/Tokyo' => {frequency => 'weekly', dayOfWeek => 0, time => '23:59', timezone => 'Asia/Tokyo'},
        '--every weekly --at 00:00 --on FRIDAY' => {frequency => 'weekly', dayOfWeek => 5, time => '00:00', timezone => 'UTC'},
        '--every weekly --at 00:00' => {frequency => 'weekly', time => '00:00', timezone => 'UTC'},
        '--every monthly --at 06:00 --on 15' => {frequency => 'monthly', dayOfMonth => 15, time => '06:00', timezone => 'UTC'},
        '--schedule {"frequency":"weekly","dayOfWeek":3,"ours":"x"}' => {frequency => 'weekly', dayOfWeek => 3, ours => 'x'});
    for (sort keys %when) {
        my $r = add(@what[0 .. 3], '--by', 'ADA@example.org', split / /);
        is $r->{status}, 0, $_ or diag $r->{err};
        is_deeply row($r->{out} =~ s/\n//r)->{scheduling}, $when{$_}, 'as said';
    }
};

subtest 'once' => sub {
    my $r = add(@what, qw(--from 2026-01-01 --to 2026-01-31));
    is $r->{status}, 0, 'of days that are over' or diag $r->{err};
    my $id = $r->{out} =~ s/\n//r;
    is_deeply [@{row($id)}{qw(start_date end_date)}, row($id)->{scheduling}{frequency}], ['2026-01-01', '2026-01-31', 'once'], 'these days';
    is $c->psql('app', qq{SELECT next_run_at <= now() AND next_run_at > now() - interval '1 minute' FROM scheduled_reports WHERE id = '$id'}), 't', 'is due at once';
    $r = add(@what, qw(--from 2199-01-01 --to 2199-01-31 --at 08:00 --zone America/New_York));
    is $r->{status}, 0, 'of days to come' or diag $r->{err};
    is row($r->{out} =~ s/\n//r)->{next}, '2199-02-01T13:00:00', 'it waits until they are over';
    like $r->{err}, qr/2199-02-01T13:00:00Z  Fri 2199-02-01 08:00 -05:00  2199-01-01 to 2199-01-31/, 'and says so';
    $r = add(@what, '--schedule', '{"frequency":"once","time":"10:00"}', qw(--from 2199-01-01 --to 2199-01-01));
    is row($r->{out} =~ s/\n//r)->{next}, '2199-01-02T10:00:00', 'as JSON too';
};

subtest 'dry run' => sub {
    my $before = $c->psql('app', 'SELECT count(*) FROM scheduled_reports') . $c->psql('app', 'SELECT count(*) FROM audit_logs');
    my $r = add(@what, @monthly, '--dry-run');
    is_deeply [$r->{status}, $r->{out}], [0, ''], 'no id';
    like $r->{err}, qr/due monthly.*nothing was scheduled/s, 'but what would be';
    is add('--org', $one, '--type', 'audit_summary', '--by', $gone, @monthly, '--dry-run')->{status}, 2, 'and what would not';
    is $c->psql('app', 'SELECT count(*) FROM scheduled_reports') . $c->psql('app', 'SELECT count(*) FROM audit_logs'), $before, 'nothing is left';
};

subtest 'wrong input' => sub {
    my $before = $c->psql('app', 'SELECT count(*) FROM scheduled_reports');
    my @daily = qw(--every daily --at 09:00);
    for my $case (
        [qr/needs --org, --type and --by/], [qr/needs --org, --type and --by/, '--org', $one, @daily], [qr/when is it due\?/, @what],
        [qr/"nothing" is no type of report/, '--org', $one, '--type', 'nothing', '--by', $ada, @daily],
        [qr/"messages" is no type of report/, '--org', $one, '--type', 'messages', '--by', $ada, @daily],
        [qr/there is no organization 33333333-/, '--org', '33333333-3333-4333-8333-333333333333', @what[2 .. 5], @daily],
        [qr/"gone\@example.org" is no active profile of organization $one.*id or the e-mail/s, @what[0 .. 3], '--by', 'gone@example.org', @daily],
        [qr/"$eve" is no active profile/, @what[0 .. 3], '--by', $eve, @daily], [qr/is no active profile/, @what[0 .. 3], '--by', '', @daily],
        [qr/"x' OR true--" is no active profile/, @what[0 .. 3], '--by', "x' OR true--", @daily],
        [qr/--every needs --at/, @what, '--every', 'daily'], [qr/"time" must be a time of day/, @what, '--every', 'daily', '--at', '25:00'],
        [qr/"time" must be a time of day/, @what, '--every', 'daily', '--at', 'noon'],
        [qr/--on is for --every weekly/, @what, @daily, '--on', '1'], [qr/--on takes monday to sunday with --every weekly, not "1"/, @what, qw(--every weekly --at 09:00 --on 1)],
        [qr/--on takes 1 to 31 or last with --every monthly, not "32"/, @what, qw(--every monthly --at 09:00 --on 32)],
        [qr/--on takes 1 to 31 or last/, @what, qw(--every monthly --at 09:00 --on -1)],
        [qr{no time zone "Europe/Atlantis"}, @what, @daily, '--zone', 'Europe/Atlantis'], [qr/is no name of a time zone/, @what, @daily, '--zone', '../../etc/passwd'],
        [qr/--schedule says it all/, @what, @daily, '--schedule', '{}'], [qr/scheduling: /, @what, '--schedule', 'weekly'],
        [qr/"dayOfMonth" must be/, @what, '--schedule', '{"frequency":"monthly","dayOfMonth":0}'], [qr/once needs --from and --to/, @what, '--schedule', '{}'],
        [qr/--from and --to are for once/, @what, @daily, qw(--from 2026-01-01 --to 2026-01-02)], [qr/--from and --to go together/, @what, '--from', '2026-01-01'],
        [qr/--to is before --from/, @what, qw(--from 2026-01-02 --to 2026-01-01)], [qr/--from takes a date/, @what, qw(--from 2026-02-30 --to 2026-03-01)],
        [qr/--to takes a date/, @what, qw(--from 2026-02-01 --to tomorrow)], [qr/a schedule has at most 4096 bytes/, @what, '--schedule', '{"frequency":"daily","x":"' . 'x' x 4096 . '"}'],
        [qr/--name takes a line/, @what, @daily, '--name', ''], [qr/--name takes a line/, @what, @daily, '--name', "a\nb"], [qr/--name takes a line/, @what, @daily, '--name', "\xff"],
        [qr/--name takes a line/, @what, @daily, '--name', 'x' x 256],
        (map { [qr/is no address to mail to/, @what, @daily, '--mail', $_] } 'ada', "ada\@example.org\nBcc: eve\@example.org", 'Ada <ada@example.org>', 'a@b,c@d', '@example.org', 'a' x 65 . '@example.org', 'a|b@example.org', '-oQ@example.org', 'a%b@example.org', "b\xc3\xb6b\@example.org"),
        [qr/--every/, @what, qw(--every hourly --at 09:00)], [qr/--format/, @what, @daily, '--format', 'xls'], [qr/unexpected "more"/, @what, @daily, 'more'],
        [qr/which PostgreSQL cannot store/, @what, '--schedule', '{"frequency":"daily","x":"\u0000"}']) {
        my ($says, @args) = @$case;
        my $r = add(@args);
        is $r->{status}, 2, join ' ', map { s/[^ -~]/?/gr } map { length > 60 ? substr($_, 0, 60) . '...' : $_ } @args or diag $r->{err};
        like $r->{err}, $says, 'says why';
        is $r->{out}, '', 'and nothing else';
    }
    is $c->psql('app', 'SELECT count(*) FROM scheduled_reports'), $before, 'nothing was scheduled';
};

subtest 'who may' => sub {
    for my $role (qw(tenant reader)) {
        my $r = as($role, 'add', @what, @monthly);
        is $r->{status}, 3, "$role may not";
        like $r->{err}, qr/permission denied/, 'it is told';
    }
    for my $sql ("INSERT INTO scheduled_reports (organization_id, created_by, report_type, start_date, end_date) VALUES ('$one', '$ada', 'audit_summary', now(), now())",
        'SELECT email FROM profiles', "UPDATE scheduled_reports SET delivery_emails = '{eve\@example.org}'", 'DELETE FROM scheduled_reports',
        "UPDATE scheduled_reports SET scheduling = '{}'") {
        is(($c->psql_error('app', $sql, role => 'auditproof_scheduler'))[0], '42501', "who runs them may not $sql");
    }
    is(($c->psql_error('app', "SELECT auditproof.$_", role => 'authenticated'))[0], '42501', "nor the application $_")
        for "report_add('$one', 'audit_summary', '$ada', NULL, 'json', '{}', now()::date, now()::date, now(), '{}')", "run_again('$one')", "run_cancel('$one')";
    my ($state, $says) = $c->psql_error('app', "SELECT auditproof.report_add('$one', 'messages', '$ada', NULL, 'json', '{}', now()::date, now()::date, now(), '{}')", role => 'auditproof_scheduler');
    is $state, '22023', 'a report of the application';
    like $says, qr/none of the types/, 'is not for this';
};

subtest 'what is to come' => sub {
    my $id = add(@what, '--schedule', '{"frequency":"daily","time":"02:30","timezone":"Europe/Berlin"}')->{out} =~ s/\n//r;
    $c->psql('app', Encode::encode('UTF-8', "UPDATE scheduled_reports SET report_name = 'A\e[31m\x{202e}' WHERE id = '$id'"));
    my $next = sub { as('runs', 'next', @_) };
    my $r = $next->($id, '--format', 'table', '--count', 3);
    is $r->{status}, 0, 'of a report' or diag $r->{err};
    like $r->{out}, qr/^audit_summary of organization $one\n"A\\x1b\[31m\\u202e"\nDue daily at 02:30, Europe\/Berlin\n\nDUE \(UTC\)/, 'what it is';
    is_deeply [grep { length > 80 } split /\n/, $r->{out}], [], 'within 80 columns';
    my @rows = map { decode_json $_ } split /\n/, $next->($id, '--from', '2037-03-27', '-n', 3)->{out};
    is_deeply \@rows, [
        {scheduled_for => '2037-03-27T01:30:00Z', from => '2037-03-25T23:00:00Z', until => '2037-03-26T23:00:00Z', local => '2037-03-27T02:30+01:00', timezone => 'Europe/Berlin'},
        {scheduled_for => '2037-03-28T01:30:00Z', from => '2037-03-26T23:00:00Z', until => '2037-03-27T23:00:00Z', local => '2037-03-28T02:30+01:00', timezone => 'Europe/Berlin'},
        {scheduled_for => '2037-03-29T01:00:00Z', from => '2037-03-27T23:00:00Z', until => '2037-03-28T23:00:00Z', local => '2037-03-29T03:00+02:00', timezone => 'Europe/Berlin', clocks => 'forward'}],
        'by its clocks, which go forward';
    like $next->($id, '--from', '2037-03-28T12:00', '-n', 1, '--format', 'table')->{out}, qr/^2037-03-29T01:00:00Z  Sun 2037-03-29 03:00 \+02:00  2037-03-28\n  clocks go forward: there is no 02:30, it is due at 03:00$/m, 'for people';
    like $next->($id, '--from', '2037-10-24T12:00', '-n', 2, '--format', 'table')->{out},
        qr/^2037-10-25T00:30:00Z  Sun 2037-10-25 02:30 \+02:00  2037-10-24\n  clocks go back: it is the first 02:30 of two\n2037-10-26T01:30:00Z  Mon 2037-10-26 02:30 \+01:00  2037-10-25\n\z/m, 'and back';
    is $next->('--schedule', '{"frequency":"daily"}')->{status}, 0, 'of a schedule';
    is $next->($id, '--schedule', '{}')->{status}, 2, 'not both';
    is $next->()->{status}, 2, 'nor neither';
    like $next->('00000000-0000-4000-8000-000000000000')->{err}, qr/there is no report 0+-.*auditschedule list/, 'what is not there';
    like $next->('x')->{err}, qr/no id of a report/, 'nor an id';
    $c->psql('app', qq{UPDATE scheduled_reports SET next_run_at = now() - interval '3 days' WHERE id = '$id'});
    like $next->($id, '--format', 'table')->{out}, qr/The first of these has come, and no `auditschedule run` has planned it/, 'what nobody ran';
    $c->psql('app', qq{UPDATE scheduled_reports SET scheduling = '{"timezone":"Mars/Base"}' WHERE id = '$id'});
    like $next->($id)->{err}, qr/report $id: scheduling: no time zone/, 'what the application got wrong';
    my $once = add(@what, qw(--from 2199-01-01 --to 2199-01-31))->{out} =~ s/\n//r;
    is_deeply [map { @{decode_json $_}{qw(scheduled_for from until)} } split /\n/, $next->($once)->{out}], ['2199-02-01T00:00:00Z', '2199-01-01T00:00:00Z', '2199-02-01T00:00:00Z'], 'once is once';
    is as('runs', 'cancel', $once)->{status}, 0, 'cancelled';
    is $next->($once)->{out}, '', 'nothing is to come';
    like $next->($once, '--format', 'table')->{out}, qr/nothing is to come: it is cancelled/, 'and why';
    is as('tenant', 'next', $once)->{status}, 3, 'not for the application';
};

subtest 'told' => sub {
    my $id = add(@what, @monthly)->{out} =~ s/\n//r;
    is as('runs', 'cancel', $id)->{status}, 0, 'cancelled' for 1 .. 2;
    is_deeply [map { [$_->{organization_id}, $_->{metadata}{runs}] } @{told($id, 'report.cancelled')}], [[$one, 0]], 'told once';
    $c->psql('app', qq{SELECT auditproof.run_plan('$id', '{2026-01-01,2026-02-01}', '{2026-01-01,2026-01-01}', '{2026-01-02,2026-01-02}', false)});
    like as('runs', 'cancel', $id)->{err}, qr/with 2 of its runs/, 'what was left of it';
    is scalar @{told($id, 'report.cancelled')}, 2, 'is told as well';
    is as('runs', 'retry', $id)->{status}, 2, 'of a report that is cancelled nothing is tried again';
    $c->psql('app', qq{UPDATE scheduled_reports SET status = 'processing', next_run_at = now() + interval '1 day' WHERE id = '$id'});
    is as('runs', 'retry', $id)->{status}, 0, 'but of one that the application goes on with';
    is_deeply [map { [@{$_->{metadata}}{qw(runs first last)}] } @{told($id, 'report.retried')}], [[2, '2026-01-01T00:00:00.000000Z', '2026-02-01T00:00:00.000000Z']], 'told';
    $c->psql('app', qq{DELETE FROM scheduled_reports WHERE id = '$id'});
    is as('runs', 'cancel', $id)->{status}, 0, 'what is left of a report that the application deleted';
    is $c->psql('app', qq{SELECT string_agg(DISTINCT state, ' ') FROM auditproof.report_run WHERE report_id = '$id'}), 'cancelled', 'is not run';
};

is $c->run(['auditmigrate', 'check', '-q'], db => 'app')->{status}, 0, 'all is as installed';
is $c->run(['auditverify', '-q'], db => 'app')->{status}, 0, 'and intact';

done_testing;
