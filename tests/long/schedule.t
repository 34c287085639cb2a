#!/usr/bin/perl
# A runner that stays: a thousand rounds in the memory of the first hundred; and what is due is found among a million reports.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use Test::More;

my $rounds = $ENV{SCHEDULE_ROUNDS} // 1000;
my $reports = $ENV{SCHEDULE_REPORTS} // 1_000_000;
my ($one, $who) = ('11111111-1111-4111-8111-111111111111', 'aaaaaaaa-0000-4000-8000-000000000001');
my $c = AuditTest->cluster(conf => {shared_buffers => '512MB', max_wal_size => '4GB'});
$c->createdb('app');
is $c->run(['auditmigrate', 'install', '-q'], db => 'app')->{status}, 0, 'installed' or BAIL_OUT('no database');
$c->psql('app', qq{
    CREATE ROLE runs LOGIN IN ROLE auditproof_scheduler, auditproof_auditor;
    INSERT INTO organizations (id, name) VALUES ('$one', 'One');
    INSERT INTO auth.users (id, email) VALUES ('$who', 'ada\@example.org');
    INSERT INTO profiles (id, organization_id, email) VALUES ('$who', '$one', 'ada\@example.org')});

subtest 'memory' => sub {
    my $job = $c->spawn(['auditschedule', 'run', '--daemon', '--poll', 1, '--output', tempdir(), '-q'], db => 'app', env => {PGUSER => 'runs'});
    my $memory = sub { slurp("/proc/$job->{pid}/status") =~ /^VmRSS:\s+(\d+) kB/m; return $1 };
    # Each is due after the one before is made, so that each is a round.
    my $made = 0;
    my $until = sub {
        my ($count) = @_;
        while ($made < $count) {
            $c->psql('app', qq{INSERT INTO scheduled_reports (organization_id, created_by, report_type, start_date, end_date, next_run_at)
                SELECT '$one', '$who', 'usage_summary', '2026-10-01', '2026-10-31', now() + n * interval '120 ms' FROM generate_series(1, 50) n});
            $made += 50;
            wait_until { $c->psql('app', q{SELECT count(*) FROM auditproof.report_run WHERE state = 'succeeded'}) >= $made } 60, "$made reports";
        }
    };
    $until->(100);
    my $first = $memory->();
    $until->($rounds);
    my $last = $memory->();
    diag "VmRSS after 100 rounds $first kB, after $rounds $last kB";
    cmp_ok $last, '<=', $first + 256, 'flat';
    $job->kill('TERM');
    is $job->wait(10)->{status}, 0, 'ended';
};

# One in four is auditproof's; of the others many have been due for long, and many are new.
$c->psql('app', qq{
    INSERT INTO scheduled_reports (organization_id, created_by, report_type, start_date, end_date, scheduling, status, next_run_at)
    SELECT '$one', '$who', CASE WHEN n % 4 = 0 THEN (ARRAY['audit_summary', 'usage_summary', 'risk_digest'])[1 + n / 4 % 3] ELSE (ARRAY['messages', 'agents'])[1 + n % 2] END,
           '2026-10-01', '2026-10-31', '{"frequency":"weekly"}', CASE WHEN n % 4 = 0 THEN 'completed' ELSE (ARRAY['completed', 'pending', 'failed'])[1 + n % 3] END,
           CASE WHEN n % 3 = 0 THEN NULL WHEN n % 4 = 0 THEN now() + (1 + n % 10000) * interval '1 hour' ELSE now() + (n % 10000 - 5000) * interval '1 minute' END
      FROM generate_series(1, $reports) n;
    INSERT INTO auditproof.report_run (report_id, scheduled_for, chain_id, report_type, format, from_at, until_at, state, attempt, forgiven, due_at)
    SELECT id, now() - interval '1 day', organization_id, report_type, 'json', now(), now(), 'pending', 0, 0, now() FROM scheduled_reports ON CONFLICT DO NOTHING;
    UPDATE auditproof.report_run SET state = 'succeeded', attempt = 1, finished_at = now() WHERE state = 'pending'}, timeout => 900);
$c->psql('app', 'VACUUM ANALYZE', timeout => 600);

sub takes {
    my ($name, @values) = @_;
    my $text = slurp("sql/queries/$name.sql") =~ s/\$(\d)/'$values[$1 - 1]'/gr;
    my ($best) = sort { $a <=> $b } map { $c->psql('app', "BEGIN; EXPLAIN (ANALYZE) $text; ROLLBACK;", role => 'runs', timeout => 100) =~ /^Execution Time: ([\d.]+)/m } 1 .. 5;
    diag sprintf '%s at %d reports: %.2f ms', $name, $reports, $best;
    return $best;
}
my @queries = (['schedule_due'], ['schedule_new'], ['schedule_wait'], ['schedule_claim', 'r', 300, 5]);
cmp_ok takes(@$_), '<', 20 * $AuditTest::patience, "$_->[0], with nothing due" for @queries;
$c->psql('app', q{UPDATE scheduled_reports SET next_run_at = now() - interval '1 hour' WHERE id IN (SELECT id FROM scheduled_reports WHERE report_type = 'audit_summary' AND next_run_at IS NOT NULL LIMIT 200);
    UPDATE scheduled_reports SET status = 'pending' WHERE id IN (SELECT id FROM scheduled_reports WHERE report_type = 'audit_summary' AND next_run_at IS NULL LIMIT 5)});
cmp_ok takes(@$_), '<', 20 * $AuditTest::patience, "$_->[0], with something due" for @queries;
done_testing;
