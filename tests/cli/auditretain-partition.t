#!/usr/bin/perl
# A purge of a partitioned table drops the months that are over as a whole, and deletes row by row where some entry stays.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use OldBundleTest;
use PurgeTest;
use TamperTest;
use Test::More;

my $key = key('certificates');
my ($proof, %old) = (tempdir() . '/entry.proof');
my $c = aged('base', before => sub {
    my ($c) = @_;
    is $c->run(['auditseal', 'seal', '--key', $key, '-q'], db => 'base')->{status}, 0, 'sealed eight years ago';
    spew($proof, $c->run(['auditseal', 'prove', '--entry', $c->psql('base', 'SELECT e(3)')], db => 'base')->{out});
    my $then = $c->psql('base', 'SELECT ceil(extract(epoch FROM clock_timestamp()))::bigint');
    wait_until { $c->psql('base', "SELECT clock_timestamp() >= to_timestamp($then)") eq 't' } 10, 'that time is over';
    %old = every_kind($c, 'base', $key, $c->psql('base', 'SELECT t(3)'), 'user3@example.org', 'invoice', $then - 86400, $then);
    $_[0]->psql('base', q{INSERT INTO performance_analytics (organization_id, type) SELECT t(1), 'CLS' FROM generate_series(1, 50)});
});
my $r = $c->run(['auditmigrate', 'partition'], db => 'base');
is $r->{status}, 0, 'moved to partitions' or BAIL_OUT($r->{err});
is $c->run(['auditseal', 'seal', '--key', $key, '-q'], db => 'base')->{status}, 0, 'and sealed now';
my ($month) = $c->psql('base', q{SELECT DISTINCT tableoid::regclass FROM audit_logs WHERE id = e(1)});
my $rows = $c->psql('base', "SELECT count(*) FROM $month");
cmp_ok $rows, '>=', 100, 'a month with entries';

sub database { my ($db) = @_; $c->createdb($db, template => 'base'); return $db }
sub left { return $c->psql($_[0], "SELECT count(*) FROM pg_class WHERE relname = '$month'") }
sub intact { my $r = $c->run(['auditverify', '-q'], db => $_[0]); return $r->{status} == 0 || diag $r->{out}, $r->{err} }

subtest 'a month that is over' => sub {
    my $db = database('over');
    my $digest = approved($c, $db, planned($c, $db));
    $c->psql($db, "VACUUM (FREEZE) $month");
    # In the way of what is locked last: nothing has left before.
    my $job = $c->spawn(['psql', '-Xqc', 'BEGIN; LOCK TABLE audit_logs IN ACCESS SHARE MODE; SELECT pg_sleep(600)'], db => $db);
    wait_until { $c->psql('postgres', q{SELECT count(*) FROM pg_stat_activity WHERE query ~ 'pg_sleep' AND wait_event = 'PgSleep'}) } 10;
    my $tool = $c->spawn(['auditretain', 'execute', '--plan', $digest, '--key', $key, '-U', 'ann'], db => $db);
    wait_until { $c->psql('postgres', q{SELECT count(*) FROM pg_stat_activity WHERE query ~ 'purge_partition' AND wait_event_type = 'Lock'}) } 20;
    $tool->kill('KILL');
    $tool->wait(10);
    $c->psql('postgres', q{SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query ~ 'pg_sleep' AND pid <> pg_backend_pid()});
    $job->wait(10);
    wait_until { !$c->psql('postgres', q{SELECT count(*) FROM pg_stat_activity WHERE application_name = 'auditretain'}) } 20;
    ok intact($db), 'killed in the middle: the chains are intact';
    my $r = execute($c, $db, $digest);
    is $r->{status}, 0, 'executed' or diag $r->{out}, $r->{err};
    is left($db), 0, 'the partition is gone';
    is $c->psql($db, q{SELECT count(*), bool_and(verified_by = 'ann') FROM auditproof.purge_verified}), '1|t',
        'verified once, when it was planned';
    is $c->psql($db, q{SELECT sum(to_seq - from_seq + 1) FROM auditproof.purge_range}),
        $c->psql('base', q{SELECT count(*) FROM auditproof.chain_entry WHERE recorded_at < now() - interval '7 years'}), 'every entry is on record, once';
    ok intact($db), 'the chains are intact';
    is $c->run(['auditmigrate', 'check', '-q'], db => $db)->{status}, 0, 'as is everything else';
    is $c->psql($db, q{SELECT count(*) FROM audit_logs WHERE action = 'audit.schema_changed' AND created_at > now() - interval '1 day'}), 0,
        'no alarm is raised';
    outlives($c, $db, $key, %old);
    is AuditTest::run(['auditseal', 'check-proof', $proof, '--key', "$key.pub"])->{status}, 0, 'and so does a proof';
};

subtest 'a month in which something stays' => sub {
    my $db = database('late');
    $c->psql($db, q{INSERT INTO audit_logs (organization_id, action, resource_type, created_at)
        SELECT t(1), 'late', 'r', created_at FROM audit_logs WHERE id = e(1)});
    my $digest = approved($c, $db, planned($c, $db));
    is execute($c, $db, $digest)->{status}, 0, 'executed';
    is left($db), 1, 'an entry that was recorded later keeps the partition';
    is $c->psql($db, "SELECT string_agg(action, ' ') FROM $month"), 'late', 'and is all that is in it';
    ok intact($db), 'the chains are intact';

    $db = database('held');
    my $r = retain($c, $db, 'ann', 'hold', 'add', '--matter', 'm', '--custodian', 'c', '--reason', 'r', '--review', '2099-01-01',
        '--org', $c->psql($db, 'SELECT t(2)'));
    is $r->{status}, 0, 'a hold' or diag $r->{err};
    $digest = approved($c, $db, planned($c, $db));
    is execute($c, $db, $digest)->{status}, 0, 'executed';
    is $c->psql($db, "SELECT string_agg(DISTINCT organization_id::text, ' ') FROM $month"), $c->psql($db, 'SELECT t(2)'),
        'what is held stays, and only that';
    ok intact($db), 'the chains are intact';

    $db = database('altered');
    forge($c, $db, q{UPDATE audit_logs SET action = 'x' WHERE id = e(5)});
    forge($c, $db, q{UPDATE auditproof.chain_entry SET recorded_at = recorded_at - interval '1 us' WHERE log_id = e(9)});
    $digest = approved($c, $db, planned($c, $db));
    is $c->psql($db, 'SELECT count(*) FROM auditproof.purge_verified'), 0, 'a month with entries that do not verify';
    execute($c, $db, $digest);
    is left($db), 1, 'they keep the partition';
    is $c->psql($db, "SELECT string_agg(id::text, ' ' ORDER BY id) FROM $month"),
        $c->psql($db, q{SELECT string_agg(id::text, ' ' ORDER BY id) FROM unnest(ARRAY[e(5), e(9)]) AS id}),
        'and are all that is in it: one whose text is another, one whose link is';
};

subtest 'a month that changed since it was verified' => sub {
    my $db = database('forged');
    my $digest = approved($c, $db, planned($c, $db));
    forge($c, $db, q{UPDATE audit_logs SET action = 'x' WHERE id = e(5)});
    my $call = "SELECT purged, why, again FROM auditproof.purge_partition('\\x$digest', '$month', now())";
    $c->psql($db, "SELECT auditproof.purge_begin('\\x$digest', '" . slurp("$key.pub") =~ s/\s+//gr . "', '[]', now())", role => 'ann');
    like $c->psql($db, $call, role => 'ann'), qr{^\|rows of .*\b$month were changed\|t\z}, 'is not dropped, whoever asks';
    my ($state) = $c->psql_error($db, "BEGIN ISOLATION LEVEL REPEATABLE READ; $call", role => 'ann');
    is $state, '55000', 'nor by an older view of it';
    is execute($c, $db, $digest)->{status}, 1, 'executed, with a finding';
    is left($db), 1, 'the partition stays';
    is $c->psql($db, "SELECT id = e(5) FROM $month"), 't', 'with the entry that was altered';

    $db = database('more');
    $digest = approved($c, $db, planned($c, $db));
    $c->psql($db, q{INSERT INTO audit_logs (organization_id, action, resource_type, created_at)
        SELECT t(1), 'late', 'r', created_at FROM audit_logs WHERE id = e(1)});
    is execute($c, $db, $digest)->{status}, 0, 'executed';
    is $c->psql($db, "SELECT string_agg(action, ' ') FROM $month"), 'late', 'what came in between stays';

    $db = database('moved');
    $digest = approved($c, $db, planned($c, $db));
    $c->psql($db, "VACUUM FULL $month");
    is execute($c, $db, $digest)->{status}, 0, 'executed';
    is left($db), 0, 'written to another file, it is verified again, and dropped';
    is $c->psql($db, 'SELECT count(*) FROM auditproof.purge_verified'), 2, 'which is on record';
    ok intact($db), 'the chains are intact';
};

subtest 'who may' => sub {
    my $db = database('who');
    my ($state) = $c->psql_error($db, "SELECT * FROM auditproof.partition_drop('$month', $rows, NULL)", role => 'ann');
    is $state, '42501', 'nobody drops a partition without a plan';
    my $digest = planned($c, $db);
    ($state) = $c->psql_error($db, "SELECT * FROM auditproof.purge_partition('\\x$digest', '$month', now())", role => 'ann');
    is $state, '55000', 'nor by one that was not begun';
};

subtest 'performance_analytics' => sub {
    my $db = database('analytics');
    my $digest = approved($c, $db, planned($c, $db, '--table', 'performance_analytics'));
    my $r = execute($c, $db, $digest);
    is $r->{status}, 0, 'executed' or diag $r->{err};
    is $c->psql($db, q{SELECT count(*) FROM pg_class WHERE relname = replace('} . $month . q{', 'audit_logs', 'performance_analytics')}), 0,
        'the partition is gone';
    is $c->psql($db, 'SELECT sum(rows) FROM auditproof.purge_count'), 50, 'its rows are on record';
    ok intact($db), 'verification agrees';
};

done_testing;
