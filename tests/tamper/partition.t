#!/usr/bin/perl
# Entries by month: each partition stands for the table, and what one lacks of its guards is found, as is what was done to
# entries behind them.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use JSON::PP;
use TamperTest;
use Test::More;

my $c = AuditTest->cluster;
entries($c, 'intact', partitioned => 1);
my @month = split /\n/, $c->psql('intact', q{SELECT 'audit_logs' || to_char(m, '_YYYY_MM')
    FROM generate_series(date_trunc('month', now() AT TIME ZONE 'UTC'), now() AT TIME ZONE 'UTC' + '12 months', '1 month') m});
my $this = $month[0];

# Who may read the table, and not each of its partitions, sees the same.
$c->psql('intact', 'CREATE ROLE audits LOGIN IN ROLE auditproof_auditor');
sub by_month { return tampered($c, 'intact', {as => 'audits'}, @_) }

sub of { return map { "guard $_" } @_ }

by_month('nothing', 'SELECT 1');

# Entries, wherever they are: those without created_at are in the DEFAULT partition.
by_month('an entry altered', qq{UPDATE $this SET action = 'x' WHERE id = e(402)}, 'altered T2 101 e402');
by_month('entries altered, deleted and slipped in without a month',
    q{UPDATE audit_logs_default SET action = 'z' WHERE id = e(602); DELETE FROM audit_logs_default WHERE id = e(603);
      INSERT INTO audit_logs_default (id, action, resource_type, created_at) VALUES (e(1400), 'a', 'r', NULL)},
    'altered T2 151 e602', 'missing T3 151 e603', 'unchained T0 e1400');
by_month('moved to another month, and out of every month',
    qq{UPDATE audit_logs SET created_at = created_at + interval '3 months' WHERE id = e(402);
       UPDATE audit_logs SET created_at = NULL WHERE id = e(403)}, 'altered T2 101 e402', 'altered T3 101 e403');
by_month('the same entry in two months', qq{INSERT INTO $month[3] SELECT (jsonb_populate_record(l,
    jsonb_build_object('created_at', created_at + interval '3 months'))).* FROM audit_logs l WHERE id = e(402)}, 'unchained T2 e402');
by_month('a month emptied', "DELETE FROM audit_logs_default",
    map { 'missing T' . $_ % 4 . ' ' . int(($_ + 3) / 4) . " e$_" } 601 .. 700);
by_month('a month detached', "ALTER TABLE audit_logs DETACH PARTITION audit_logs_default",
    map { 'missing T' . $_ % 4 . ' ' . int(($_ + 3) / 4) . " e$_" } 601 .. 700);

# What one partition lacks. All on one copy, each on a partition of its own, and the event triggers off.
sub guards {
    my ($name, $sql, @expected) = @_;
    my $db = copy_of($c, 'intact');
    my @events = qw(auditproof_ddl auditproof_drop auditproof_rewrite);
    $c->psql($db, join ';', (map { "ALTER EVENT TRIGGER $_ DISABLE" } @events), $sql,
        map { "ALTER EVENT TRIGGER $_ ENABLE ALWAYS" } @events);
    my $v = verify($c, $db);
    is_deeply $v->{findings}, [sort @expected], $name or diag explain $v->{findings}, $v->{err};
    is $v->{status}, 1, "$name: exit status";
    return $db;
}

my $db = guards('what single partitions lack', qq{
    ALTER TABLE $month[1] DISABLE TRIGGER auditproof_chain;
    ALTER TABLE $month[2] DISABLE TRIGGER auditproof_guard;
    ALTER TABLE $month[3] ENABLE TRIGGER auditproof_truncate;
    DROP TRIGGER auditproof_truncate ON $month[4];
    CREATE FUNCTION x() RETURNS trigger LANGUAGE plpgsql AS \$\$ BEGIN RETURN NULL; END \$\$;
    DROP TRIGGER auditproof_truncate ON $month[5];
    CREATE TRIGGER auditproof_truncate BEFORE TRUNCATE ON $month[5] EXECUTE FUNCTION x();
    ALTER TABLE $month[5] ENABLE ALWAYS TRIGGER auditproof_truncate;
    CREATE TRIGGER another BEFORE INSERT ON $month[6] FOR EACH ROW EXECUTE FUNCTION x();
    ALTER TABLE $month[7] DISABLE ROW LEVEL SECURITY;
    CREATE ROLE app; GRANT INSERT ON $month[8] TO app; GRANT INSERT (chain_salt) ON audit_logs_default TO PUBLIC;
    ALTER TABLE $month[9] DROP CONSTRAINT $month[9]_pkey;
    ALTER TABLE $month[10] OWNER TO app;
    ALTER TABLE $month[11] SET UNLOGGED;
    INSERT INTO $month[1] (id, action, resource_type, created_at)
        SELECT e(1400), 'a', 'r', date_trunc('month', now() AT TIME ZONE 'UTC') + '1 month 1 day'},
    'unchained T0 e1400',
    of("trigger auditproof_chain on partition public.$month[1]", "trigger auditproof_guard on partition public.$month[2]",
        "trigger auditproof_truncate on partition public.$month[3]", "trigger auditproof_truncate on partition public.$month[4]",
        "trigger auditproof_truncate on partition public.$month[5]", "trigger another on partition public.$month[6]",
        "row security on partition public.$month[7]", "grant on partition public.$month[8] to app",
        'grant on partition public.audit_logs_default to PUBLIC', "key of partition public.$month[9]",
        "owner of partition public.$month[10]", "persistence of partition public.$month[11]"));

# By hand: made like the table, with what the platform's default privileges give out, and attached.
my $last = $month[-1];
my ($from, $to) = split /\|/, $c->psql('intact', qq{SELECT from_time, to_time FROM auditproof.partition_list('audit_logs')
    WHERE partition = '$last'::regclass}, set => {TimeZone => 'UTC'});
guards('a partition attached by hand', qq{
    ALTER TABLE audit_logs DETACH PARTITION $last; DROP TABLE $last;
    CREATE TABLE $last (LIKE audit_logs INCLUDING DEFAULTS INCLUDING CONSTRAINTS);
    INSERT INTO $last (id, action, resource_type, created_at) VALUES (e(1400), 'forged', 'r', '$from');
    ALTER TABLE audit_logs ATTACH PARTITION $last FOR VALUES FROM ('$from') TO ('$to')},
    'unchained T0 e1400', of("trigger auditproof_truncate on partition public.$last", "row security on partition public.$last",
        "key of partition public.$last", map { "grant on partition public.$last to $_" } qw(anon authenticated service_role)));

# performance_analytics holds no entries: what its partitions lack is the schema's business, and not verification's.
my $tables = $month[2] =~ s/audit_logs/performance_analytics/r;
$c->psql($db = copy_of($c, 'intact'), qq{ALTER TABLE $tables DISABLE ROW LEVEL SECURITY; GRANT INSERT ON $tables TO authenticated;
    ALTER TABLE $tables DROP CONSTRAINT ${tables}_pkey; ALTER TABLE performance_analytics DETACH PARTITION performance_analytics_default});
my $r = $c->run(['auditmigrate', 'check', '--format=json'], db => $db);
is_deeply [sort map { "$_->{severity} $_->{object}" } @{decode_json($r->{out})->{findings}}], [sort
    "finding grant on partition public.$tables to authenticated", "finding key of partition public.$tables",
    'notice default partition of public.performance_analytics', 'notice rows without a month in public.audit_logs_default',
    "finding row security on partition public.$tables"],
    'performance_analytics: what its partitions lack' or diag $r->{out}, $r->{err};
is $r->{status}, 1, '... are findings of check';
is $c->run(['auditmigrate', 'check', '--audit-only'], db => $db)->{status}, 0, '... unless it is not asked for';
is_deeply verify($c, $db)->{findings}, [], '... and none of auditverify';

done_testing;
