#!/usr/bin/perl
# A database whose owner is no superuser, as hosted ones are: nobody there is exempt from row level security, so that an
# auditor reads entries through the view auditproof.entry. It hides nothing, or nothing is said.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use TamperTest;
use Test::More;

my $c = AuditTest->cluster;
$c->psql('postgres', 'CREATE ROLE hoster LOGIN CREATEROLE; CREATE ROLE auditor LOGIN; '
    . 'CREATE ROLE distant LOGIN NOINHERIT; CREATE ROLE other; CREATE ROLE stranger LOGIN');
entries($c, 'intact', user => 'hoster');
$c->psql('postgres', 'GRANT auditproof_auditor TO auditor, distant');
is $c->psql('intact', q{SELECT count(*) FROM pg_roles WHERE rolbypassrls AND rolname ~ '^auditproof'}), 0,
    'no role of auditproof is exempt from policies';
my @as = ('-U', 'auditor');
my ($state) = $c->psql_error('intact', 'SELECT count(*) FROM audit_logs', role => 'auditor', set => {row_security => 'off'});
is $state, '42501', 'the auditor is subject to them';

for my $login (qw(auditor distant hoster)) {
    for my $options ([], ['-j2', '--split=always'], ['--clock'], ['--no-guards'], ['--org=11111111-0000-4000-8000-000000000000']) {
        my $v = verify($c, 'intact', '-U', $login, @$options);
        my $rows = "@$options" =~ /org/ ? 250 : 1000;
        is_deeply [@$v{qw(status findings)}, $v->{verdict}{extent}{rows}], [0, [], $rows], "$login (@$options): intact"
            or diag explain $v->{findings}, $v->{err};
        is !!$v->{verdict}{extent}{read_through_view}, $login ne 'hoster', '... and the report says how it was read';
    }
}
like $c->run(['auditverify', @as], db => 'intact')->{out}, qr/rows were read through auditproof\.entry/, '... in words';
my $range = verify($c, 'intact', @as, '--org=11111111-0000-4000-8000-000000000000', '--from-seq=5', '--to-seq=9');
is_deeply [@$range{qw(status findings)}, $range->{verdict}{extent}{rows}], [0, [], 5], 'a range of numbers';
my $stranger = $c->run(['auditverify', '-U', 'stranger'], db => 'intact');
is $stranger->{status}, 3, 'who is no auditor cannot tell';
like $stranger->{err}, qr/permission denied/, '... and is told why';

my %as = (args => \@as);
tampered($c, 'intact', {%as}, 'nothing', 'SELECT 1');
tampered($c, 'intact', {%as}, 'an altered action', q{UPDATE audit_logs SET action = 'x' WHERE id = e(402)},
    'altered T2 101 e402');
tampered($c, 'intact', {%as}, 'one deleted', 'DELETE FROM audit_logs WHERE id = e(402)', 'missing T2 101 e402');
tampered($c, 'intact', {%as}, 'one slipped in', q{INSERT INTO audit_logs (id, action, resource_type) VALUES (e(1400), 'a', 'r')},
    'unchained T0 e1400');
tampered($c, 'intact', {%as}, 'one moved to another tenant', 'UPDATE audit_logs SET organization_id = t(3) WHERE id = e(402)',
    'altered T2 101 e402');
tampered($c, 'intact', {%as}, 'a link', 'UPDATE auditproof.chain_entry SET entry_hash = sha256(entry_hash) '
    . 'WHERE chain_id = t(1) AND seq = 9', 'link T1 9 e33');
tampered($c, 'intact', {%as}, 'an erasure without authority', 'UPDATE audit_logs SET actor_id = NULL, '
    . q{chain_salt = decode(repeat('00', 16), 'hex') || substr(chain_salt, 17) WHERE id = e(402)},
    'erasure T2 101 e402');
# More than the sketch can name, so that both sides are read again, sorted.
my @gone = map { 'missing T' . $_ % 4 . ' ' . int(($_ + 3) / 4) . " e$_" } 1 .. 900;
tampered($c, 'intact', {%as}, 'most', 'DELETE FROM audit_logs WHERE id IN (SELECT e(n) FROM generate_series(1, 900) AS n)',
    @gone);

# A deleted account: the entry that tells of it is looked up through the view too.
{
    my $db = copy_of($c, 'intact');
    $c->psql($db, 'DELETE FROM auth.users WHERE id = u(3)');
    my $v = verify($c, $db, @as);
    is_deeply [@$v{qw(status findings)}], [0, []], 'a deleted account' or diag explain $v->{findings}, $v->{err};
    forge($c, $db, q{UPDATE audit_logs SET action = 'x' WHERE action = 'audit.account_erased' AND organization_id = t(1)});
    $v = verify($c, $db, @as);
    is $v->{status}, 1, 'and one whose record is changed';
    like "@{$v->{findings}}", qr/altered T1 \d+ another.*erasure T1/, '... which says so' or diag explain $v->{findings};
}

sub unknown {
    my ($name, $sql, $pattern) = @_;
    my $db = copy_of($c, 'intact');
    $c->psql($db, $sql);
    for my $options ([], ['-j2'], ['--no-guards']) {
        my $r = $c->run(['auditverify', @as, @$options], db => $db);
        is $r->{status}, 3, "$name (@$options): could not tell" or diag $r->{out};
        like $r->{err}, $pattern, "$name (@$options): says why";
        unlike $r->{out}, qr/intact/i, "$name (@$options): claims nothing";
    }
    return $db;
}

# The same, and installing again puts it right.
sub mended {
    my ($name, @how) = @_;
    my $db = unknown($name, @how);
    $c->psql('postgres', qq{ALTER DATABASE "$db" OWNER TO hoster});
    my $r = $c->run(['auditmigrate', 'install', '-q', '-U', 'hoster'], db => $db);
    is $r->{status}, 0, "$name: mended" or diag $r->{err};
    $r = $c->run(['auditverify', '-q', @as], db => $db);
    is $r->{status}, 0, "$name: intact then" or diag $r->{out}, $r->{err};
    return;
}

my $was = $c->psql('intact', q{SELECT rtrim(pg_get_viewdef('auditproof.entry'::regclass), ';')});
my $replace = 'CREATE OR REPLACE VIEW auditproof.entry AS';
my $differs = qr/view auditproof\.entry is not as installed/;
mended('a view that filters', "$replace $was WHERE id <> e(402)", $differs);
unknown('a view that filters a tenant', "$replace $was WHERE organization_id IS DISTINCT FROM t(2)", $differs);
unknown('a view that hides a change', "$replace " . $was =~ s/l\.action/CASE l.id WHEN e(402) THEN 'x' ELSE l.action END AS action/r,
    $differs);
unknown('a view of another table', "CREATE TABLE public.other AS SELECT * FROM audit_logs; GRANT SELECT ON public.other TO "
    . "hoster; $replace " . $was =~ s/FROM audit_logs/FROM other/r, $differs);
unknown('a view that samples', "$replace " . $was =~ s/audit_logs l/audit_logs l TABLESAMPLE BERNOULLI (99)/r, $differs);
unknown('a view with a limit', "$replace $was LIMIT 999", $differs);
unknown('a view that reads less', "$replace " . $was =~ s/FROM audit_logs/FROM ONLY audit_logs/r, $differs);
mended('columns of the view exchanged', 'ALTER VIEW auditproof.entry RENAME COLUMN action TO x; ALTER VIEW '
    . 'auditproof.entry RENAME COLUMN resource_type TO action; ALTER VIEW auditproof.entry RENAME COLUMN x TO resource_type',
    qr/auditproof\.entry\S* is not as installed/);
unknown('a table in its place', "DROP VIEW auditproof.entry; CREATE TABLE auditproof.entry AS $was; "
    . 'GRANT SELECT ON auditproof.entry TO auditproof_auditor', qr/auditproof\.entry is not a view/);
mended('no view', 'DROP VIEW auditproof.entry', qr/there is no view auditproof\.entry/);
mended('a view of somebody else', 'ALTER VIEW auditproof.entry OWNER TO other; GRANT SELECT ON audit_logs TO other',
    qr/does not belong to the owner of audit_logs/);
unknown('a table of somebody else', 'ALTER TABLE audit_logs OWNER TO other', qr/does not belong to the owner of audit_logs/);
mended('a view that asks as its caller', 'ALTER VIEW auditproof.entry SET (security_invoker = true)',
    qr/has options: security_invoker=true/);
mended('forced row level security', 'ALTER TABLE audit_logs FORCE ROW LEVEL SECURITY', qr/is forced/);
unknown('a policy that shows everything, forced', 'CREATE POLICY open ON audit_logs USING (true); '
    . 'ALTER TABLE audit_logs FORCE ROW LEVEL SECURITY', qr/is forced/);
unknown('policies on the chain', 'ALTER TABLE auditproof.chain_entry ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON '
    . 'auditproof.chain_entry USING (seq <> 5)', qr/row-level security/);
{
    my $db = copy_of($c, 'intact');
    $c->psql($db, 'ALTER TABLE audit_logs FORCE ROW LEVEL SECURITY');
    my $r = $c->run(['auditverify', '-U', 'hoster'], db => $db);
    is $r->{status}, 3, 'forced on the owner: he cannot tell either' or diag $r->{out};
}

# The view stays as it is while it is read: who would replace it waits.
{
    my $db = copy_of($c, 'intact');
    my $holder = $c->spawn(['psql', '-Xq', '-c', 'BEGIN; LOCK TABLE auditproof.chain_entry IN ACCESS EXCLUSIVE MODE; '
        . 'SELECT pg_sleep(600)'], db => $db);
    wait_until { $c->psql($db, q{SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND granted
        AND relation = 'auditproof.chain_entry'::regclass}) } 10, 'the lock';
    my $job = $c->spawn(['auditverify', @as, '--format=json'], db => $db);
    wait_until { $c->psql($db, q{SELECT count(*) FROM pg_stat_activity WHERE application_name = 'auditverify'
        AND wait_event_type = 'Lock'}) } 10, 'the wait';
    $c->psql($db, "$replace $was WHERE id <> e(402)"); # before the view is locked: it is found out afterwards
    $c->psql($db, q{SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(600)%'
        AND pid <> pg_backend_pid()});
    $holder->wait;
    my $r = $job->wait(20);
    is $r->{status}, 3, 'a view replaced while auditverify was waiting' or diag $r->{out};
    like $r->{err}, $differs, '... is found';
}

# Partitions are read through it like one table.
{
    $c->psql('postgres', 'CREATE DATABASE parts OWNER hoster');
    my @hoster = ('psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-U', 'hoster', '-f', '-');
    my $table = slurp('sql/platform/023_audit_logs.sql') =~ s/id uuid PRIMARY KEY DEFAULT/id uuid DEFAULT/r
        =~ s/\n\);/,\n    PRIMARY KEY (id, created_at)\n) PARTITION BY RANGE (created_at);/r;
    my $made = $c->run(\@hoster, db => 'parts', stdin => slurp('sql/platform/010_baseline.sql') . $table
        . "CREATE TABLE audit_logs_old PARTITION OF audit_logs FOR VALUES FROM (MINVALUE) TO ('2026-01-01');"
        . "CREATE TABLE audit_logs_new PARTITION OF audit_logs FOR VALUES FROM ('2026-01-01') TO (MAXVALUE);");
    is $made->{status}, 0, 'partitions' or diag $made->{err};
    $made = $c->run(['auditmigrate', 'install', '-q', '-U', 'hoster'], db => 'parts');
    is $made->{status}, 0, '... installed' or diag $made->{err};
    $c->psql('parts', "INSERT INTO audit_logs (action, resource_type, created_at) SELECT 'a', 'r', d "
        . "FROM (VALUES ('2020-01-01'::timestamptz), ('2026-02-02')) AS v(d), generate_series(1, 50)");
    my $v = verify($c, 'parts', @as, '-j2', '--split=always');
    is_deeply [@$v{qw(status findings)}, $v->{verdict}{extent}{rows}], [0, [], 100], '... intact'
        or diag explain $v->{findings}, $v->{err};
    $c->psql('parts', "ALTER TABLE audit_logs_old DISABLE TRIGGER USER; UPDATE audit_logs_old SET action = 'x' "
        . 'WHERE id = (SELECT id FROM audit_logs_old LIMIT 1); '
        . 'ALTER TABLE audit_logs_old ENABLE ALWAYS TRIGGER auditproof_guard');
    $v = verify($c, 'parts', @as, '--no-guards');
    like "@{$v->{findings}}", qr/^altered T0 \d+ another$/, '... and not' or diag explain $v->{findings}, $v->{err};
}

# Its owner, who installed, moves it to partitions; somebody else is told why he cannot, and nothing is touched.
unless ($ENV{AUDIT_PARTITIONED}) {
    my $db = copy_of($c, 'intact');
    my @refused = (
        [stranger => qr/public\.audit_logs belongs to hoster, and stranger is not a member of that role: run this as its owner/,
            qr/stranger may not create tables in schema public: GRANT CREATE/, qr/stranger is not a member of auditproof_owner/],
        [auditor => qr/belongs to hoster/],
    );
    for my $refused (@refused) {
        my ($login, @why) = @$refused;
        for my $options ([], ['--give-up']) {
            my $r = $c->run(['auditmigrate', 'partition', '-U', $login, @$options], db => $db);
            is $r->{status}, 3, "$login may not (@$options)";
            like $r->{err}, $_, '... and hears why' for @why, qr/nothing was touched/;
        }
    }
    $c->psql('postgres', qq{ALTER DATABASE "$db" OWNER TO hoster});
    my $sum = 'SELECT count(*), sum(hashtextextended(l::text, 0)) FROM audit_logs l WHERE action NOT LIKE ' . q{'audit.%'};
    my $before = $c->psql($db, $sum);
    my $r = $c->run(['auditmigrate', 'partition', '-U', 'hoster'], db => $db);
    is $r->{status}, 0, 'the owner may' or diag $r->{err};
    is $c->psql($db, $sum), $before, '... and every row is as it was';
    is $c->psql($db, q{SELECT string_agg(DISTINCT c.relowner::regrole::text, ' ') FROM pg_class c WHERE c.relispartition}), 'hoster',
        '... his';
    $r = $c->run(['auditmigrate', 'check', '-U', 'hoster'], db => $db);
    is $r->{status}, 0, '... as installed' or diag $r->{out};
    is_deeply [@{verify($c, $db, @as, '-j2')}{qw(status findings)}], [0, []], '... and intact, for an auditor';
    my ($month) = $c->psql($db, q{SELECT 'audit_logs' || to_char(now() AT TIME ZONE 'UTC', '_YYYY_MM')});
    $c->psql($db, "ALTER TABLE $month DISABLE ROW LEVEL SECURITY; ALTER TABLE $month DISABLE TRIGGER auditproof_guard; "
        . "UPDATE $month SET action = 'x' WHERE id = e(402)", role => 'hoster');
    is_deeply verify($c, $db, @as)->{findings}, ['altered T2 101 e402', "guard row security on partition public.$month",
        "guard trigger auditproof_guard on partition public.$month"], 'what its owner does to a partition is found';
}

done_testing;
