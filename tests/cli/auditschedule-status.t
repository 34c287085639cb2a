#!/usr/bin/perl
# How scheduled reports stand: what is late, also where no runner ever ran, what failed, what is going on; told by the exit
# status, to people of any width, to programs, and to Prometheus.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use Encode ();
use JSON::PP;
use MetricsTest;
use Test::More;

my $c = AuditTest->cluster;
$c->createdb('app');
is $c->run(['auditmigrate', 'install', '-q'], db => 'app')->{status}, 0, 'installed' or BAIL_OUT('no database');
my ($one, $two) = ('11111111-1111-4111-8111-111111111111', '22222222-2222-4222-8222-222222222222');
my ($ada, $eve) = map { "aaaaaaaa-0000-4000-8000-00000000000$_" } 1 .. 2;
my $dir = AuditTest::tempdir();
$c->psql('app', qq{
    INSERT INTO organizations (id, name) VALUES ('$one', 'One'), ('$two', 'Two');
    INSERT INTO auth.users (id) VALUES ('$ada'), ('$eve');
    INSERT INTO profiles (id, organization_id, email) VALUES ('$ada', '$one', 'ada\@example.org'), ('$eve', '$two', 'eve\@example.org');
    CREATE ROLE runs LOGIN IN ROLE auditproof_scheduler, auditproof_auditor;
    CREATE ROLE looks LOGIN IN ROLE auditproof_auditor;
    CREATE ROLE tenant LOGIN IN ROLE authenticated});

sub as { my ($role, @args) = @_; return $c->run(['auditschedule', @args], db => 'app', env => {PGUSER => $role}) }
sub status { my (@args) = @_; my $r = as('looks', 'status', '--format', 'json', @args); return ($r->{status}, $r->{out} ne '' ? decode_json $r->{out} : $r->{err}) }

# A report of an organization, and its id.
sub report {
    my (%is) = (organization_id => $one, created_by => $ada, report_type => 'audit_summary', scheduling => '{"frequency":"daily"}',
        start_date => '2026-01-01', end_date => '2026-01-31', @_);
    my @names = sort keys %is;
    my $sql = sprintf q{INSERT INTO scheduled_reports (%s) VALUES (%s) RETURNING id}, join(', ', @names), join ', ', map { $is{$_} =~ /^now/ ? $is{$_} : "'$is{$_}'" } @names;
    return $c->psql('app', Encode::encode('UTF-8', $sql)) =~ s/\s.*//sr;
}

# A run of it, so long ago.
sub ran {
    my ($report, $ago, %is) = (@_[0, 1], attempt => 1, @_[2 .. $#_]);
    $c->psql('app', qq{INSERT INTO auditproof.report_run (report_id, scheduled_for, chain_id, report_type, format, from_at, until_at, state, attempt, forgiven, due_at)
        SELECT id, now() - interval '$ago', organization_id, report_type, 'json', now() - interval '9 days', now() - interval '8 days', 'pending', 0, 0, now() - interval '$ago'
          FROM scheduled_reports WHERE id = '$report';
        UPDATE auditproof.report_run SET } . join(', ', map { "$_ = $is{$_}" } sort keys %is) . qq{ WHERE report_id = '$report' AND scheduled_for = (SELECT max(scheduled_for) FROM auditproof.report_run WHERE report_id = '$report' AND attempt = 0)});
    return;
}
sub moments { my ($s) = @_; return [map { [@{$_}{qw(moment report_id state)}] } @{$s->{trouble}}] }

subtest 'nothing' => sub {
    my ($status, $s) = status();
    is $status, 0, 'nothing is scheduled, nothing is wrong';
    is_deeply [@{$s->{status}}{qw(verdict late failed wrong running pending next_run_at)}], ['well', 0, 0, 0, 0, 0, undef], 'and it says so';
    my $id = report(next_run_at => "now() + interval '1 day'");
    ran($id, '2 days', state => q{'succeeded'}, finished_at => q{now() - interval '47 hours'}, verdict => q{'complete'});
    ($status, $s) = status();
    is $status, 0, 'what is to come';
    is_deeply [map { [@{$_}{qw(report_id report_type)}, defined $_->{last_success}, defined $_->{next_run_at}] } @{$s->{reports}}], [[$id, 'audit_summary', 1, 1]], 'when, and when it was made last';
};

subtest 'no runner ever ran' => sub {
    my $id = report(next_run_at => "now() - interval '50 minutes'");
    is((status())[0], 0, 'within the hour');
    my ($status, $s) = status('--grace', 600);
    is $status, 1, 'late after ten minutes';
    is_deeply moments($s), [['late', $id, 'unplanned']], 'nobody planned it';
    is $s->{status}{verdict}, 'late', 'said first';
    is $c->psql('app', qq{SELECT count(*) FROM auditproof.report_run WHERE report_id = '$id'}), 0, 'to look changes nothing';
    my $once = report(scheduling => '{"frequency":"once"}', created_at => "now() - interval '2 hours'");
    is_deeply moments((status())[1]), [['late', $once, 'unplanned']], 'nor one without a time';
    is_deeply moments((status('--org', $two))[1]), [], 'not the other organization\'s';
    is((status('--org', $two))[0], 0, 'which is well');
    like as('looks', 'status', '-q', '--org', $two)->{err}, qr/warning: organization $two has no scheduled report/, 'but has none';
    is as('runs', 'cancel', $_)->{status}, 0, 'cancelled' for $id, $once;
    is((status('--grace', 600))[0], 0, 'is settled');
};

my ($failed, $late, $running);

subtest 'runs' => sub {
    $failed = report(next_run_at => "now() + interval '1 day'", report_name => "A\x{202e}\x{5e9}\e]0;x\a<b>");
    ran($failed, '3 hours', state => q{'failed'}, attempt => 5, error => q{'no such directory'}, finished_at => 'now()', runner => q{'host:1'});
    $late = report(next_run_at => "now() + interval '1 day'");
    ran($late, '4 hours', error => q{'tried in vain'}, attempt => 2, due_at => q{now() + interval '10 minutes'});
    $running = report(next_run_at => "now() + interval '1 day'", organization_id => $two, created_by => $eve);
    ran($running, '5 minutes', state => q{'running'}, runner => q{'host:2'}, started_at => 'now()', lease_until => q{now() + interval '5 minutes'});
    my ($status, $s) = status();
    is $status, 1, 'told by the exit status';
    is_deeply [@{$s->{status}}{qw(verdict late failed running pending)}], ['failed', 1, 1, 1, 1], 'how many';
    is_deeply [sort { $a->[0] cmp $b->[0] } @{moments($s)}], [['failed', $failed, 'failed'], ['late', $late, 'pending']], 'which';
    is_deeply [map { [@{$_}{qw(report_id runner)}, defined $_->{started_at}, defined $_->{lease_until}] } @{$s->{running}}], [[$running, 'host:2', 1, 1]], 'who is at what, for how long';
    is_deeply [map { [@{$_}{qw(report_id attempt error)}, defined $_->{due_at}] } @{$s->{waiting}}], [[$late, 2, 'tried in vain', 1]], 'what waits, and why';
    is((status('--grace', 86400))[1]{status}{late}, 0, 'late is as one says');
    is_deeply [map { scalar @{(status('--org', $two))[1]{$_}} } qw(trouble running waiting reports)], [0, 1, 0, 1], 'one organization sees its own alone';
};

subtest 'to people' => sub {
    for my $width (80, 200) {
        for my $what ('status', 'list', 'history') {
            my $r = $c->run(['auditschedule', $what, '--format', 'table'], db => 'app', env => {PGUSER => 'looks', COLUMNS => $width});
            my $text = Encode::decode('UTF-8', $r->{out});
            is_deeply [grep { length > $width } split /\n/, $text], [], "$what in $width columns";
            like $text, qr/audit_summary/, 'says what';
            unlike $text, qr/[\x00-\x09\x0b-\x1f\x7f\x{202a}-\x{202e}]/, 'nothing acts on a terminal';
        }
    }
};

subtest 'to programs' => sub {
    my $runs = decode_json(as('looks', 'history', '--format', 'json', '--report', $failed)->{out})->{runs};
    is_deeply [map { [@{$_}{qw(report_id state error organization_id)}, $_->{from} lt $_->{until}] } @$runs], [[$failed, 'failed', 'no such directory', $one, 1]], 'history';
    is_deeply [map { (decode_json $_)->{part} } split /\n/, as('looks', 'list', '--format', 'ndjson', '--org', $two)->{out}], ['reports'], 'a line each';
    like as('looks', 'list', '--format', 'csv')->{out}, qr/^"next_run_at","last_success",.*\r\n.*\r\n/, 'CSV';
    like as('looks', 'status', '--format', 'csv')->{out}, qr/^"moment",.*\r\n"(?:late|failed)"/, 'of what is wrong';
};

subtest 'to Prometheus' => sub {
    my $r = as('looks', 'status', '-q', '--metrics', "$dir/m.prom");
    is $r->{status}, 1, 'written, whatever there is to tell' or diag $r->{err};
    my $text = slurp("$dir/m.prom");
    my $m = metrics($text);
    is_deeply [database($text)], ['app'], 'of this database';
    is $m->{"auditproof_schedule_$_->[0]"}{''}, $_->[1], $_->[0] for ['late_runs', 1], ['failed_runs', 1], ['wrong_reports', 0], ['untold', 2];
    is_deeply $m->{auditproof_schedule_runs}, {map { ("state=$_,type=audit_summary" => 1) } qw(failed pending running succeeded)}, 'runs';
    my ($now, $success) = ($m->{auditproof_schedule_last_look_timestamp_seconds}{''}, $m->{auditproof_schedule_last_success_timestamp_seconds}{'type=audit_summary'});
    cmp_ok abs($now - time), '<', 60, 'when it was written';
    cmp_ok abs($now - $success - 47 * 3600), '<', 60, 'when a report was last made';
    cmp_ok abs($m->{auditproof_schedule_oldest_pending_seconds}{''} - 4 * 3600), '<', 60, 'how long the oldest waits';
    SKIP: {
        skip 'there is no promtool', 1 if system('command -v promtool >/dev/null 2>&1') != 0;
        my $r = AuditTest::run(['promtool', 'check', 'metrics'], stdin => $text);
        is $r->{status}, 0, 'promtool takes it' or diag $r->{out}, $r->{err};
    }
    $r = as('looks', 'status', '--metrics', "$dir/none/m.prom");
    is $r->{status}, 1, 'where it cannot be written, that changes nothing';
    like $r->{err}, qr/warning: no metrics: /, 'and is said';
    is as('looks', 'status', '--org', $one, '--metrics', "$dir/m.prom")->{status}, 2, 'not of one organization';
};

subtest 'what cannot be planned' => sub {
    my $id = report(scheduling => '{"frequency":"weekly","timezone":"Europe/Atlantis"}', next_run_at => "now() - interval '1 minute'");
    is as('runs', 'run', '-q', '--output', $dir)->{status}, 1, 'tried';
    my ($status, $s) = status('--org', $one);
    my ($wrong) = grep { $_->{moment} eq 'wrong' } @{$s->{trouble}};
    is $wrong->{report_id}, $id, 'stays on show';
    like $wrong->{error}, qr/no time zone "Europe\/Atlantis"/, 'and why';
    is as('runs', 'cancel', $id)->{status}, 0, 'until it is cancelled';
    is_deeply [grep { $_->{moment} eq 'wrong' } @{(status())[1]{trouble}}], [], 'settled';
};

subtest 'settled' => sub {
    is as('runs', 'retry', $failed)->{status}, 0, 'tried again';
    my ($status, $s) = status();
    is_deeply moments($s), [['late', $late, 'pending']], 'is neither failed, nor late yet';
    is as('runs', 'cancel', $late)->{status}, 0, 'cancelled';
    is((status())[0], 0, 'all is well');
    my $digest = report(report_type => 'usage_summary', next_run_at => "now() + interval '1 day'");
    ran($digest, '9 hours', state => q{'failed'}, error => q{'x'});
    is((status())[0], 1, 'a digest that failed');
    ran($digest, '30 minutes', state => q{'succeeded'}, finished_at => 'now()');
    is((status())[0], 0, 'is settled by the next');
    ran($failed, '3 hours', state => q{'failed'}, error => q{'x'});
    is((status())[0], 1, 'evidence');
    ran($failed, '1 minutes', state => q{'succeeded'}, finished_at => 'now()');
    is((status())[0], 1, 'is not');
    $c->psql('app', qq{DELETE FROM scheduled_reports WHERE id = '$failed'});
    is((status())[0], 0, 'but by whoever deletes the report');
};

subtest 'cannot tell' => sub {
    is as('tenant', 'status')->{status}, 3, 'the application may not';
    like as('tenant', 'status')->{err}, qr/permission denied/, 'and is told so';
    is as('tenant', $_)->{status}, 3, "nor $_" for 'list', 'history';
    is $c->run(['auditschedule', 'status'], db => 'none')->{status}, 3, 'no database';
    is as('looks', 'status', '--grace', '99999999999')->{status}, 2, 'nonsense';
    # Times that PostgreSQL has and no calendar.
    my $infinite = report(next_run_at => 'infinity');
    report(next_run_at => "now() + interval '1 day'", created_at => 'infinity', updated_at => '-infinity', status => 'failed');
    is_deeply moments((status())[1]), [['wrong', $infinite, 'wrong']], 'what an application can write stops nobody';
};

# Reports that nobody makes, and that no run fails of.
subtest 'silence' => sub {
    $c->psql('app', 'DELETE FROM scheduled_reports');
    my $daily = '{"frequency":"daily","time":"09:00","timezone":"UTC"}';
    my $new = report(created_at => "now() - interval '3 days'", scheduling => $daily);
    is_deeply moments((status())[1]), [['late', $new, 'unplanned']], 'one that was given no time, and that nobody planned';
    $c->psql('app', 'DELETE FROM scheduled_reports');
    report(created_at => "now() - interval '20 hours'", scheduling => $daily);
    is((status())[0], 0, 'not one whose first time may be to come');
    for my $next (undef, 'infinity', '294276-12-31 23:59:59+00') {
        for my $is (qw(completed processing), defined $next ? qw(pending failed) : ()) {
            $c->psql('app', 'DELETE FROM scheduled_reports');
            my $id = report(scheduling => $daily, status => $is, defined $next ? (next_run_at => $next) : ());
            my $says = ($next // 'NULL') . ", $is";
            my ($status, $s) = status();
            is $status, 1, $says;
            is_deeply moments($s), [['wrong', $id, 'wrong']], "$says: which";
            is as('runs', 'retry', $id)->{status}, 0, "$says: planned again";
            as('runs', 'run', '-q', '--output', $dir);
            is((status())[0], 0, "$says: and runs") or diag explain moments((status())[1]);
            is $c->psql('app', "SELECT next_run_at BETWEEN now() AND now() + interval '25 hours' FROM scheduled_reports"), 't', "$says: on";
        }
    }
    $c->psql('app', 'DELETE FROM scheduled_reports');
    my $id = report(report_type => 'usage_summary', next_run_at => "now() + interval '23 hours'");
    ran($id, '97 hours', state => q{'succeeded'}, finished_at => 'now()');
    ran($id, "$_ hours", state => q{'skipped'}) for 73, 49, 25;
    ran($id, '1 hour');
    is((status('--grace', 86400 * 2))[1]{status}{late}, 1, 'a digest that is only ever skipped');
    $c->psql('app', "DELETE FROM scheduled_reports");
    $id = report(next_run_at => "now() + interval '100 days'");
    ran($id, '-99 days', state => q{'succeeded'}, finished_at => 'now()');
    my ($status, $s) = status();
    is $status, 1, 'planned by a clock that was ahead';
    like $s->{trouble}[0]{error}, qr/planned up to .* by a clock that was ahead/, 'and what to do';
    $c->psql('app', "DELETE FROM scheduled_reports");
};

subtest 'retry of what has stopped' => sub {
    my $id = report(scheduling => '{"frequency":"daily","timezone":"Europe/Atlantis"}', next_run_at => "now() - interval '1 minute'");
    is as('runs', 'run', '-q', '--output', $dir)->{status}, 1, 'cannot be planned';
    $c->psql('app', qq{UPDATE scheduled_reports SET scheduling = '{"frequency":"daily"}' WHERE id = '$id'});
    my $r = as('runs', 'retry', $id);
    is $r->{status}, 0, 'mended, and tried again';
    like $r->{err}, qr/report $id will be planned again, by its schedule/, 'said';
    is as('runs', 'run', '-q', '--output', $dir)->{status}, 0, 'is planned';
    is((status())[0], 0, 'and well');
    is as('runs', 'retry', $id)->{status}, 2, 'nothing to try again';
    ran($id, '2 days', state => q{'failed'}, error => q{'x'});
    is as('runs', 'cancel', $id)->{status}, 0, 'cancelled';
    $r = as('runs', 'retry', $id);
    is $r->{status}, 2, 'is not tried again';
    like $r->{err}, qr/report $id is cancelled, and nothing of it is made/, 'nor said to be';
    $id = report(scheduling => '{"frequency":"daily"}', next_run_at => '1000-01-01');
    is as('runs', 'run', '-q', '--output', $dir)->{status}, 1, 'nobody waits for 375,000 runs of one';
    is $c->psql('app', "SELECT count(*) FROM auditproof.report_run WHERE report_id = '$id'"), 0, 'none is planned';
    like $c->psql('app', "SELECT error_message FROM scheduled_reports WHERE id = '$id'"), qr/due since more than ten years/, 'why';
    $c->psql('app', 'DELETE FROM scheduled_reports');
};

# One tenant's row must not keep everybody's reports from being made.
subtest 'what an application can write' => sub {
    $c->psql('app', 'DELETE FROM scheduled_reports');
    for my $case (['next_run_at', '-infinity'], ['next_run_at', 'infinity'],
        (map { my $column = $_; map { [$column, $_] } '294276-12-31 23:59:59+00', '4713-01-01 BC' } 'next_run_at', 'created_at', 'updated_at'), ['created_at', 'infinity'], ['created_at', '-infinity'], ['created_at', '294246-01-01'], ['created_at', '9999-12-30'], ['start_date', '-infinity'],
        ['end_date', 'infinity'], ['end_date', '2025-01-01'], ['end_date', '5874897-01-01'], ['start_date', '4713-01-01 BC']) {
        for my $frequency ('daily', 'once') {
            my ($bad, $good) = map { report(scheduling => qq({"frequency":"$frequency"}), created_at => '2026-11-20', next_run_at => "now() - interval '1 minute'", @$_) } $case, [];
            $c->psql('app', "UPDATE scheduled_reports SET next_run_at = NULL WHERE id = '$bad'") if $case->[0] eq 'created_at';
            my $r = as('runs', 'run', '-q', '--output', $dir);
            is $r->{status}, $frequency eq 'once' && $case->[0] =~ /_date/ ? 1 : 0, "@$case, $frequency" or diag $r->{err};
            isnt $c->psql('app', "SELECT count(*) FROM auditproof.report_run WHERE report_id = '$good' AND state = 'succeeded'"), 0, 'others are made';
            isnt as('runs', 'status', '-q', '--notify-command', '/bin/true')->{status}, 3, 'and looked at';
            isnt as('runs', 'list', '-q')->{status}, 3, 'and listed';
            is as('runs', 'next', $bad, '--count', 1)->{status}, 0, 'and shown';
            $c->psql('app', 'DELETE FROM scheduled_reports');
        }
    }
};

is $c->run(['auditmigrate', 'check', '-q'], db => 'app')->{status}, 0, 'all is as installed';

done_testing;
