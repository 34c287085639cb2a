#!/usr/bin/perl
# Eight runners, killed at each point that lib/base/failpoint.h names in turn: each report is made once for each time that it
# was due, told of once, and nothing half-written is left. CRASH_REPORTS is how many reports there are at each point.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use Digest::SHA ();
use Test::More;
use Time::HiRes qw(time);

my $reports = $ENV{CRASH_REPORTS} // 8;
my $runners = 8;
my @points = slurp('lib/base/failpoint.h') =~ /^ +X\((\w+)\)/mg;
my $killable = ($ENV{B} // 'build') . '/failpoint/bin/auditschedule';
-x $killable or BAIL_OUT("$killable is missing: `make cli-tests` builds it");

my $c = AuditTest->cluster(conf => {max_connections => 60});
$c->createdb('app');
is $c->run(['auditmigrate', 'install', '-q'], db => 'app')->{status}, 0, 'installed' or BAIL_OUT('no database');
$c->psql('app', q{
    CREATE ROLE runs LOGIN IN ROLE auditproof_scheduler, auditproof_auditor;
    INSERT INTO organizations (id, name) SELECT ('11111111-0000-4000-8000-00000000000' || n)::uuid, 'Org ' || n FROM generate_series(0, 4) n;
    INSERT INTO auth.users (id, email) VALUES ('aaaaaaaa-0000-4000-8000-000000000001', 'ada@example.org');
    INSERT INTO profiles (id, organization_id, email) VALUES ('aaaaaaaa-0000-4000-8000-000000000001', '11111111-0000-4000-8000-000000000000', 'ada@example.org');
    INSERT INTO audit_logs (organization_id, actor_email, action, resource_type, created_at)
    SELECT ('11111111-0000-4000-8000-00000000000' || n % 5)::uuid, 'ada@example.org', 'LOGIN', 'session', now() - n * interval '1 hour' FROM generate_series(0, 300) n});

# Evidence that was due twice, what is due once, and digests of which the second counts.
sub due {
    my ($point) = @_;
    $c->psql('app', qq{INSERT INTO scheduled_reports (organization_id, created_by, report_type, report_name, start_date, end_date, scheduling, next_run_at, created_at)
        SELECT ('11111111-0000-4000-8000-00000000000' || n % 5)::uuid, 'aaaaaaaa-0000-4000-8000-000000000001',
               CASE n % 4 WHEN 3 THEN 'usage_summary' ELSE 'audit_summary' END, '$point', '2026-10-01', '2026-10-31',
               CASE n % 4 WHEN 0 THEN '{"frequency":"once"}' ELSE '{"frequency":"weekly","dayOfWeek":1}' END::jsonb,
               CASE n % 8 WHEN 0 THEN NULL ELSE date_trunc('week', now(), 'UTC') - interval '7 days' END, now() - interval '8 days'
          FROM generate_series(0, $reports - 1) n});
    return;
}

sub runner {
    my ($point, $dir, $number, $passes, @more) = @_;
    return {number => $number, job => $c->spawn([$killable, 'run', @$dir, '--runner', "r$number", '--lease', 3, '--attempts', 100, '-q', @more], db => 'app',
        env => {PGUSER => 'runs', AUDITPROOF_FAILPOINT => "$point:$passes"})};
}

# Until a runner of each has nothing more to do. A dead runner's lease is over at once, unless that is to be waited for.
sub run_all {
    my ($point, $place, $patient) = @_;
    my ($killed, $started) = (0, 0);
    # The first eight live through seven passes between them at most, so that somebody is killed however the passes fall.
    my @jobs = map { runner($point, $place, $_, 1 + $started++ % 3) } 1 .. $runners;
    while (@jobs) {
        my @running;
        for my $r (@jobs) {
            if ($r->{job}->running) {
                push @running, $r;
                next;
            }
            my $end = $r->{job}->wait;
            if ($end->{signal} == 9) {
                $killed++;
                $c->psql('app', "UPDATE auditproof.report_run SET lease_until = now() - interval '1 second' WHERE runner = 'r$r->{number}' AND state = 'running'") unless $patient;
                push @running, runner($point, $place, $r->{number}, 2 + $started++ % 3);
            } elsif ($end->{status} != 0 || $c->psql('app', q{SELECT count(*) FROM auditproof.report_run WHERE state IN ('pending', 'running')}) > 0) {
                # Those of which the last died while this one looked.
                diag $end->{err} if $end->{status};
                push @running, runner($point, $place, $r->{number}, 2 + $started++ % 3);
            }
        }
        @jobs = @running;
        select undef, undef, undef, 0.01;
    }
    return $killed;
}

my $made = sub { my ($point, $what) = @_; return $c->psql('app', "SELECT count(*) FROM auditproof.report_run u JOIN scheduled_reports r ON r.id = u.report_id WHERE r.report_name = '$point' AND $what") };

# What the database says of the reports of a point, each a count of what is wrong.
sub check_database {
    my ($point) = @_;
    my $of = "FROM auditproof.report_run u JOIN scheduled_reports r ON r.id = u.report_id WHERE r.report_name = '$point'";
    my ($once, $weekly, $digest) = (0, 0, 0);
    for my $n (0 .. $reports - 1) { $n % 4 == 0 ? $once++ : $n % 4 == 3 ? $digest++ : $weekly++ }
    is $c->psql('app', "SELECT count(*) $of AND u.state = 'succeeded'"), $once + 2 * $weekly + $digest, 'each is made for each time that it was due';
    is $c->psql('app', "SELECT count(*) $of AND u.state = 'skipped'"), $digest, 'of a digest the last';
    is $c->psql('app', "SELECT count(*) $of AND (u.state NOT IN ('succeeded', 'skipped') OR u.lease_until IS NOT NULL)"), 0, 'nothing else, and no lease is left';
    is $c->psql('app', "SELECT count(*) $of AND u.state = 'succeeded' AND (SELECT count(*) FROM audit_logs l WHERE l.action = 'report.completed' AND l.resource_id = r.id
        AND (l.metadata->>'scheduled_for')::timestamptz = u.scheduled_for AND l.id = u.told_by AND l.metadata->>'sha256' = encode(u.sha256, 'hex')) <> 1"), 0, 'told of in the chain';
    is $c->psql('app', "SELECT count(*) FROM audit_logs l JOIN scheduled_reports r ON r.id = l.resource_id WHERE r.report_name = '$point' AND l.action LIKE 'report.%'"),
        $once + 2 * $weekly + $digest, 'once';
    is $c->psql('app', "SELECT count(*) FROM scheduled_reports r WHERE r.report_name = '$point' AND (r.status <> 'completed' OR r.error_message IS NOT NULL OR r.last_run_at IS NULL
        OR r.completed_at IS NULL OR r.updated_at <= r.created_at OR (r.next_run_at IS NULL) <> (r.scheduling->>'frequency' = 'once') OR r.next_run_at <= now())"), 0, 'the application sees it as it is';
    return;
}

# Under lasting names is what is on record, and nothing else anywhere.
sub check_files {
    my ($point, $dir) = @_;
    my %is = map { my ($sum, $url) = split /\|/; ($url => $sum) } split /\n/,
        $c->psql('app', "SELECT encode(u.sha256, 'hex'), u.output_url FROM auditproof.report_run u JOIN scheduled_reports r ON r.id = u.report_id WHERE r.report_name = '$point' AND u.state = 'succeeded'");
    is_deeply {map { ("file://$_" => Digest::SHA->new(256)->addfile($_)->hexdigest) } glob "$dir/*/*"}, \%is, 'the files that are on record are there, and no others';
    is_deeply [glob "$dir/.making/* $dir/.making/.[!.]* $dir/*/.[!.]*"], [], 'nothing is left of what was begun';
    return;
}

my $total = 0;
for my $point (@points) {
    subtest "killed at $point" => sub {
        my $dir = tempdir();
        my $begun = time;
        due($point);
        my $patient = $point eq 'after_claim' && !$ENV{CRASH_REPORTS};
        my $killed = run_all($point, ['--output', $dir], $patient);
        is $c->run(['auditschedule', 'run', '--output', $dir, '-q'], db => 'app', env => {PGUSER => 'runs'})->{status}, 0, 'a last round';
        cmp_ok $killed, '>=', 1, "killed $killed times";
        check_database($point);
        check_files($point, $dir);
        diag sprintf '%s: %d reports, %d runners killed, %.1f s', $point, $reports, $killed, time - $begun if $ENV{CRASH_REPORTS};
        $total += $killed;
    };
}
my $end = $c->run(['auditverify', '-q'], db => 'app');
is $end->{status}, 0, 'the chains verify' or diag $end->{err};
$c->into_months('app');
is $c->run(['auditmigrate', 'check', '-q'], db => 'app')->{status}, 0, 'and all is as installed';
done_testing;
