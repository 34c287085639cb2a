#!/usr/bin/perl
# Reports that are due are made once for each time, for the right period, whatever goes wrong, and the application is told.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use Encode ();
use Digest::SHA qw(sha256_hex);
use JSON::PP;
use Test::More;

my $c = AuditTest->cluster;
$c->createdb('app');
is $c->run(['auditmigrate', 'install', '-q'], db => 'app')->{status}, 0, 'installed' or BAIL_OUT('no database');
my ($one, $two, $who) = ('11111111-1111-4111-8111-111111111111', '22222222-2222-4222-8222-222222222222',
    'aaaaaaaa-0000-4000-8000-000000000001');
my $dir = AuditTest::tempdir();
chmod 0755, $dir or die $!;
$c->psql('app', qq{
    INSERT INTO organizations (id, name) VALUES ('$one', 'One'), ('$two', 'Two');
    INSERT INTO auth.users (id, email) VALUES ('$who', 'ada\@example.org');
    INSERT INTO profiles (id, organization_id, email) VALUES ('$who', '$one', 'ada\@example.org');
    CREATE ROLE runs LOGIN IN ROLE auditproof_scheduler, auditproof_auditor;
    CREATE ROLE stranger LOGIN IN ROLE auditproof_auditor;
    INSERT INTO audit_logs (organization_id, actor_email, action, resource_type, created_at)
    SELECT CASE WHEN n % 4 = 0 THEN '$two' ELSE '$one' END::uuid, 'ada\@example.org', 'LOGIN', 'session', timestamptz '2026-10-01' + n * interval '1 hour'
      FROM generate_series(0, 1000) n});

sub schedule { my (@args) = @_; return $c->run(['auditschedule', @args], db => 'app', env => {PGUSER => 'runs'}) }
sub due { return schedule('run', '--output', $dir, @_) }

# A report of organization one, and its id.
sub report {
    my (%is) = (report_type => 'audit_summary', format => 'json', scheduling => '{}', start_date => '2026-10-01', end_date => '2026-10-31', @_);
    my @names = sort keys %is;
    return $c->psql('app', sprintf q{INSERT INTO scheduled_reports (organization_id, created_by, %s) VALUES ('%s', '%s', %s) RETURNING id},
        join(', ', @names), $one, $who, join ', ', map { defined $is{$_} ? "'$is{$_}'" : 'NULL' } @names) =~ s/\s.*//sr;
}

sub runs {
    my ($report) = @_;
    return decode_json $c->psql('app', qq{SELECT coalesce(json_agg(json_build_object('for', to_char(scheduled_for AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI'),
        'from', to_char(from_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI'), 'until', to_char(until_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI'),
        'state', state, 'attempt', attempt, 'error', error, 'url', output_url, 'sha256', encode(sha256, 'hex'), 'told', told_by) ORDER BY scheduled_for), '[]')
        FROM auditproof.report_run WHERE report_id = '$report'});
}

sub shown {
    my ($report) = @_;
    return decode_json $c->psql('app', qq{SELECT json_build_object('status', status, 'error', error_message, 'next', to_char(next_run_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI'),
        'url', output_url, 'completed', completed_at IS NOT NULL, 'last', last_run_at IS NOT NULL) FROM scheduled_reports WHERE id = '$report'});
}

subtest 'once' => sub {
    my $id = report();
    is due()->{status}, 0, 'made';
    my ($run, @more) = @{runs($id)};
    is_deeply [$run->{from}, $run->{until}, $run->{state}, $run->{attempt}, scalar @more], ['2026-10-01 00:00', '2026-11-01 00:00', 'succeeded', 1, 0], 'of its own days';
    like $run->{url}, qr{^file://\Q$dir\E/$one/audit_summary-}, 'it says where it is';
    my $text = AuditTest::slurp($run->{url} =~ s{^file://}{}r);
    is $run->{sha256}, sha256_hex($text), 'with its digest';
    is decode_json($text)->{totals}{entries}, 558, 'and counts what the days have, of this organization alone';
    is_deeply shown($id), {status => 'completed', error => undef, next => undef, url => $run->{url}, completed => JSON::PP::true, last => JSON::PP::true},
        'the application is told';
    my $entry = decode_json $c->psql('app', qq{SELECT row_to_json(l) FROM audit_logs l WHERE id = '$run->{told}'});
    is_deeply [@{$entry}{qw(organization_id action resource_id)}, $entry->{metadata}{sha256}], [$one, 'report.completed', $id, $run->{sha256}], 'and the chain';
    is due()->{status}, 0, 'asked again';
    is scalar @{runs($id)}, 1, 'nothing is done again';
};

subtest 'what was missed' => sub {
    my $id = report(scheduling => '{"frequency":"weekly","dayOfWeek":1,"time":"06:00","timezone":"Europe/Berlin"}', next_run_at => '2026-10-12 04:00+00', format => 'csv');
    is due()->{status}, 0, 'made';
    my $runs = runs($id);
    cmp_ok scalar @$runs, '>=', 7, 'every week';
    is_deeply [map { [@{$_}{qw(for from until state)}] } @$runs[0 .. 2]],
        [['2026-10-12 04:00', '2026-10-04 22:00', '2026-10-11 22:00', 'succeeded'], ['2026-10-19 04:00', '2026-10-11 22:00', '2026-10-18 22:00', 'succeeded'],
         ['2026-10-26 05:00', '2026-10-18 22:00', '2026-10-25 23:00', 'succeeded']], 'for its own seven days, by the zone as its clocks change';
    is((grep { $runs->[$_]{from} ne $runs->[$_ - 1]{until} } 1 .. $#$runs), 0, 'none between them');
    like AuditTest::slurp($runs->[0]{url} =~ s{^file://}{}r), qr/^"action","percent","count".*\r\n"LOGIN","100.0","126"/, 'as CSV';
    my $next = shown($id)->{next};
    ok $next gt $runs->[-1]{for}, 'the next one is to come';
};

subtest 'PDF' => sub {
    my $id = report(format => 'pdf', report_name => Encode::encode('UTF-8', "Bericht \x{202e}xxx f\x{fc}r \x{5e9}\x{5dc}\x{5d5}\x{5dd}"));
    is due()->{status}, 0, 'made';
    my $file = runs($id)->[0]{url} =~ s{^file://}{}r;
    my $text = AuditTest::run(['pdftotext', '-layout', $file, '-'])->{out};
    like $text, qr/Audit summary.*Bericht \\u202exxx .*From +2026-10-01T00:00:00Z.*Entries +558/s, 'its text can be read';
    like $text, qr/page 2 of \d+/, 'pages are numbered';
    my @fonts = grep { !/^(name|---)/ } split /\n/, AuditTest::run(['pdffonts', $file])->{out};
    cmp_ok scalar @fonts, '>', 0, 'fonts';
    is_deeply [grep { !/ yes yes (yes|no) +\d+ +\d+$/ } @fonts], [], 'are all embedded';
};

subtest 'what cannot be planned' => sub {
    my $id = report(scheduling => '{"frequency":"weekly","timezone":"Europe/Atlantis"}', next_run_at => '2026-10-12');
    my $r = due();
    is $r->{status}, 1, 'is told';
    like $r->{err}, qr{report $id cannot be planned: scheduling: no time zone "Europe/Atlantis"}, 'to who runs it';
    is shown($id)->{status}, 'failed', 'and to the application';
    like shown($id)->{error}, qr{no time zone "Europe/Atlantis"}, 'and why';
    is due()->{status}, 0, 'once';
    $c->psql('app', qq{UPDATE scheduled_reports SET scheduling = '{"frequency":"daily"}', next_run_at = now(), status = 'pending' WHERE id = '$id'});
    is due()->{status}, 0, 'corrected';
    is runs($id)->[0]{state}, 'succeeded', 'it runs';
};

subtest 'trying again, and giving up' => sub {
    my ($id, $bad) = (report(), tempdir());
    is due('--output', '/proc/none')->{status}, 3, 'where nothing can be written';
    is_deeply runs($id), [], 'nothing is begun';
    spew("$bad/$one", 'no directory');
    my $r = $c->run(['auditschedule', 'run', '--output', $bad, '--attempts', '2'], db => 'app', env => {PGUSER => 'runs'});
    is $r->{status}, 1, 'a report that cannot be made';
    my $run = runs($id)->[0];
    is_deeply [@{$run}{qw(state attempt told)}], ['pending', 1, undef], 'is tried again';
    like $run->{error}, qr{$bad/$one is there already, and is no directory of this user: look who made it}, 'it says what is wrong';
    is_deeply [@{shown($id)}{qw(status error)}], ['processing', $run->{error}], 'to the application too';
    my $wait = $c->psql('app', qq{SELECT extract(epoch FROM due_at - now())::int FROM auditproof.report_run WHERE report_id = '$id'});
    cmp_ok $wait, '>=', 50, 'not at once';
    cmp_ok $wait, '<=', 66, 'about a minute later';
    is due()->{status}, 0, 'before that there is nothing to do';
    is runs($id)->[0]{attempt}, 1, 'nothing done';
    $c->psql('app', qq{UPDATE auditproof.report_run SET due_at = now() WHERE report_id = '$id'});
    is $c->run(['auditschedule', 'run', '--output', $bad, '--attempts', '2'], db => 'app', env => {PGUSER => 'runs'})->{status}, 1, 'again';
    is_deeply [@{runs($id)->[0]}{qw(state attempt)}], ['failed', 2], 'and given up';
    is $c->psql('app', qq{SELECT action || risk_level FROM audit_logs WHERE id = '} . runs($id)->[0]{told} . q{'}), 'report.failedhigh', 'which the chain tells';
    is shown($id)->{status}, 'failed', 'and the application shows';
    like schedule('retry', $id)->{err}, qr/1 run of report $id will be tried again/, 'until somebody has it tried again';
    is due()->{status}, 0, 'with the cause mended';
    is runs($id)->[0]{state}, 'succeeded', 'it is made';
    is shown($id)->{error}, undef, 'and the error gone';
    is schedule('retry', $id)->{status}, 2, 'what succeeded is not done again';
};

subtest 'a runner that died' => sub {
    my $id = report();
    my $claim = sub { $c->psql('app', qq{SELECT scheduled_for FROM auditproof.run_claim('dead', '1 hour', $_[0])}) };
    $c->psql('app', qq{SELECT auditproof.run_plan('$id', '{2026-11-01}', '{2026-10-01}', '{2026-11-01}', false)});
    $c->psql('app', qq{UPDATE scheduled_reports SET status = 'processing' WHERE id = '$id'});
    isnt $claim->(3), '', 'one has it';
    is due()->{status}, 0, 'another leaves it';
    is runs($id)->[0]{state}, 'running', 'while the lease holds';
    $c->psql('app', qq{UPDATE auditproof.report_run SET lease_until = now() - interval '1 second' WHERE report_id = '$id'});
    is due('--attempts', 1)->{status}, 1, 'where that was the last attempt';
    like runs($id)->[0]{error}, qr/runner dead stopped without a word, at attempt 1 of 1/, 'it is given up';
    is shown($id)->{status}, 'failed', 'for all to see';
    is schedule('retry', $id)->{status}, 0, 'again';
    isnt $claim->(3), '', 'dead again';
    $c->psql('app', qq{UPDATE auditproof.report_run SET lease_until = now() - interval '1 second' WHERE report_id = '$id'});
    is due()->{status}, 0, 'else another takes it up';
    is_deeply [@{runs($id)->[0]}{qw(state attempt)}], ['succeeded', 3], 'and makes it';
};

subtest 'cancelled' => sub {
    my $id = report(scheduling => '{"frequency":"daily"}', next_run_at => '2026-11-01');
    $c->psql('app', qq{SELECT auditproof.run_plan('$id', '{2026-11-01,2026-11-02}', '{2026-10-31,2026-11-01}', '{2026-11-01,2026-11-02}', false)});
    like schedule('cancel', $id)->{err}, qr/report $id is cancelled, with 2 of its runs/, 'told';
    is due()->{status}, 0, 'nothing';
    is_deeply [map { $_->{state} } @{runs($id)}], ['cancelled', 'cancelled'], 'is run';
    is shown($id)->{status}, 'cancelled', 'and it stays so';
    is schedule('cancel', '00000000-0000-4000-8000-000000000000')->{status}, 2, 'what is not there';
};

subtest 'many runners' => sub {
    my $first = $c->psql('app', q{SELECT date_trunc('month', now(), 'UTC') - interval '2 months'});
    my @ids = map { report(scheduling => '{"frequency":"monthly"}', next_run_at => $first) } 1 .. 6;
    my @running = map { $c->spawn(['auditschedule', 'run', '--output', $dir, '--runner', "r$_", '-q'], db => 'app', env => {PGUSER => 'runs'}) } 1 .. 6;
    $_->wait for @running;
    my @runs = map { @{runs($_)} } @ids;
    is scalar @runs, 18, 'three months of six';
    is_deeply [grep { $_->{state} ne 'succeeded' || $_->{attempt} != 1 } @runs], [], 'each made once';
    is $c->psql('app', sprintf q{SELECT count(*) FROM audit_logs WHERE action = 'report.completed' AND resource_id IN (%s)}, join ', ', map { "'$_'" } @ids), 18,
        'and told of once';
    is_deeply [grep { !/^[a-z_]+-\d{4}-\d\d-\d\dT\d{4}(\d\d)?-[0-9a-f]{8}(-\d+)?\.(json|csv|pdf)$/ } map { s{.*/}{}r } glob "$dir/$one/*"], [], 'nothing half-written';
};

subtest 'whose' => sub {
    my $other = $c->psql('app', qq{INSERT INTO scheduled_reports (organization_id, created_by, report_type, start_date, end_date, next_run_at)
        VALUES ('$one', '$who', 'messages', '2026-10-01', '2026-10-31', '2026-10-01') RETURNING id}) =~ s/\s.*//sr;
    my $before = $c->psql('app', qq{SELECT r FROM scheduled_reports r WHERE id = '$other'});
    is due()->{status}, 0, 'the application\'s own reports';
    is $c->psql('app', qq{SELECT r FROM scheduled_reports r WHERE id = '$other'}), $before, 'are not touched';
    is schedule('cancel', $other)->{status}, 2, 'nor cancelled';
    my ($state) = $c->psql_error('app', "UPDATE scheduled_reports SET report_type = 'audit_summary'", role => 'runs');
    is $state, '42501', 'nor made ours';
    my $r = $c->run(['auditschedule', 'run', '--output', $dir], db => 'app', env => {PGUSER => 'stranger'});
    is $r->{status}, 3, 'who is no scheduler';
    like $r->{err}, qr/permission denied/, 'may not run them';
    # A platform with types of its own keeps them beside ours, however often that is installed.
    $c->psql('app', q{ALTER TABLE scheduled_reports DROP CONSTRAINT scheduled_reports_report_type_check;
        ALTER TABLE scheduled_reports ADD CONSTRAINT scheduled_reports_report_type_check
            CHECK (report_type IN ('messages', 'audit_summary', 'their_usage_summary')) NOT VALID});
    $c->psql('app', AuditTest::slurp('sql/objects/52_scheduled_reports.sql')) for 1 .. 2;
    my $check = $c->psql('app', q{SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'scheduled_reports_report_type_check'});
    like $check, qr/their_usage_summary.* OR .*\{audit_summary,[a-z0-9_,]*usage_summary,/s, 'types of their own stay beside ours';
    unlike $check, qr/ OR .* OR /s, 'said once';
};

subtest 'wrong input' => sub {
    for my $case ([qr/next needs a report's id, or --schedule/, 'next'], [qr/"dayOfMonth" must be a whole number/, 'next', '--schedule', '{"dayOfMonth":32}'],
        [qr/run needs --output/, 'run'], [qr/run needs --output/, 'run', '--output', 'relative'], [qr/--lease takes 3/, 'run', '--output', $dir, '--lease', '1'],
        [qr/is no type of report/, 'make', 'nothing'], [qr/of an organization and a period/, 'make', 'audit_summary'], [qr/no id of a report/, 'retry', 'x']) {
        my ($says, @args) = @$case;
        my $r = schedule(@args);
        is $r->{status}, 2, "@args";
        like $r->{err}, $says, 'says why';
    }
};

$c->into_months('app');
is $c->run(['auditmigrate', 'check', '-q'], db => 'app')->{status}, 0, 'all is as installed';
is $c->run(['auditverify', '-q'], db => 'app')->{status}, 0, 'and intact';

done_testing;
