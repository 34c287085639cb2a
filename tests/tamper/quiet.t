#!/usr/bin/perl
# No alarm: what happens to a healthy database in its life leaves the verdict intact, by our judgement and by that of an
# independent implementation.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use Cwd qw(getcwd);
use File::Copy ();
use TamperTest;
use Test::More;

my $root = getcwd();
my $c = AuditTest->cluster;
entries($c, 'intact');

sub intact {
    my ($name, $db, $on) = @_;
    $on //= $c;
    for my $how ([], ['-j2', '--split=always']) {
        my $v = verify($on, $db, @$how);
        is_deeply [$v->{status}, $v->{findings}, $v->{notices}], [0, [], []], "$name (@$how): intact"
            or diag explain $v->{findings}, $v->{notices}, $v->{err};
    }
    my $r = $on->run(['python3', "$root/tests/vectors/check_database.py"], db => $db);
    is $r->{status}, 0, "$name: an independent implementation agrees" or diag $r->{out}, $r->{err};
    return;
}

my $insert = 'INSERT INTO audit_logs (organization_id, action, resource_type, metadata) VALUES';

subtest 'rolled back, aborted, and out of order' => sub {
    my $db = copy_of($c, 'intact');
    $c->psql($db, "BEGIN; $insert (t(1), 'a', 'r', '{}'); ROLLBACK;
        BEGIN; SAVEPOINT s; $insert (t(1), 'b', 'r', '{}'); ROLLBACK TO s; $insert (t(1), 'c', 'r', '{}'); COMMIT;
        BEGIN; $insert (t(2), 'd', 'r', '{}'); SAVEPOINT s; $insert (t(1), 'e', 'r', '{}'); RELEASE s; COMMIT;
        ");
    is $c->psql($db, q{SELECT count(*) FROM audit_logs WHERE action IN ('a', 'b')}), 0, 'what was rolled back is not there';
    # A transaction that began first and commits last.
    my $holder = $c->spawn(['psql', '-Xq', '-c', 'SELECT pg_advisory_lock(7), pg_sleep(600)'], db => $db);
    my $locks = q{SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 7 AND granted =};
    wait_until { $c->psql($db, "$locks true") } 10, 'the lock';
    my $slow = $c->spawn(['psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-c', "BEGIN; $insert (t(1), 'first', 'r', '{}'); "
        . "SELECT pg_advisory_xact_lock_shared(7); $insert (t(2), 'first', 'r', '{}'); COMMIT"], db => $db);
    wait_until { $c->psql($db, "$locks false") } 10, 'the transaction in its middle';
    $c->psql($db, "$insert (t(1), 'second', 'r', '{}')");
    $c->psql($db, q{SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objid = 7 AND granted});
    $holder->wait;
    is $slow->wait->{status}, 0, 'the first to begin commits last';
    is $c->psql($db, q{SELECT string_agg(l.action, ' ' ORDER BY e.seq) || ' ' || string_agg(l.action, ' ' ORDER BY l.created_at)
        FROM auditproof.chain_entry e JOIN audit_logs l ON l.id = e.log_id WHERE e.chain_id = t(1)
        AND l.action IN ('first', 'second')}), 'second first first second', 'and is chained last';
    is $c->psql($db, 'SELECT bool_and(x) FROM (SELECT seq = row_number() OVER (PARTITION BY chain_id ORDER BY seq) AS x '
        . 'FROM auditproof.chain_entry) AS s'), 't', 'no gaps';
    intact('afterwards', $db);
};

subtest 'a back-dated entry' => sub {
    my $db = copy_of($c, 'intact');
    $c->psql($db, q{INSERT INTO audit_logs (id, organization_id, action, resource_type, created_at) VALUES
        (e(1401), t(1), 'a', 'r', now() - interval '23 hours'), (e(1405), t(1), 'a', 'r', now() - interval '25 hours'),
        (e(1409), t(1), 'a', 'r', now() + interval '2 days'), (e(1403), t(3), 'a', 'r', '2001-01-01')});
    intact('accepted, for a writer may import', $db);
    my $v = verify($c, $db, '--clock');
    is_deeply [$v->{status}, $v->{findings}, $v->{notices}], [0, [], ['clock T1 252 e1405', 'clock T3 251 e1403']],
        'and a notice on request' or diag explain $v;
    my ($first) = grep { $_->{seq} == 252 } @{$v->{raw}};
    like $first->{found}, qr/^1 earlier than that, 1 later/, 'which counts them';
    is_deeply verify($c, $db, '--clock', '--org=33333333-0000-4000-8000-000000000000')->{notices},
        ['clock T3 251 e1403'], 'of the chain asked for';
};

subtest 'settings of roles and databases' => sub {
    my $db = copy_of($c, 'intact');
    my %set = (TimeZone => 'Asia/Kathmandu', DateStyle => 'German, DMY', client_encoding => 'LATIN1',
        standard_conforming_strings => 'off', extra_float_digits => '-15', bytea_output => 'escape', IntervalStyle => 'sql_standard', statement_timeout => '1min',
        lock_timeout => '1min', xmloption => 'document', search_path => 'pg_temp',
        default_transaction_isolation => 'serializable', default_transaction_read_only => 'off', jit => 'on',
        enable_seqscan => 'off', enable_tidscan => 'off', row_security => 'on', work_mem => '64kB',
        quote_all_identifiers => 'on', constraint_exclusion => 'on');
    $c->psql('postgres', join ';', map {
        my $name = $_;
        map { "ALTER $_ SET $name = '$set{$name}'" } qq{DATABASE "$db"}, 'ROLE postgres'
    } sort keys %set);
    $c->psql($db, $insert =~ s/audit_logs/public.audit_logs/r . " (public.t(1), 'caf\xe9', 'r', '{\"x\": 1.50}')",
        env => {PGCLIENTENCODING => 'LATIN1'});
    intact('set otherwise', $db);
    $c->psql('postgres', 'ALTER ROLE postgres RESET ALL');
};

subtest 'dump and restore' => sub {
    my $db = copy_of($c, 'intact');
    $c->psql($db, 'DELETE FROM auth.users WHERE id = u(0)');
    my $heads = 'SELECT chain_id, max(seq), count(*), encode(sha256(string_agg(entry_hash, NULL ORDER BY seq)), $$hex$$) '
        . 'FROM auditproof.chain_entry GROUP BY 1 ORDER BY 1';
    my $before = $c->psql($db, $heads);
    my $other = AuditTest->cluster;
    my $dir = tempdir();
    $c->run(['pg_dumpall', '--roles-only', '-f', "$dir/roles.sql"], db => $db);
    $other->run(['psql', '-Xq', '-f', "$dir/roles.sql"]);
    my $r = $c->run(['pg_dump', '-Fc', '-f', "$dir/custom", $db], db => $db);
    is $r->{status}, 0, 'pg_dump -Fc' or diag $r->{err};
    $r = $c->run(['pg_dump', '-f', "$dir/plain.sql", $db], db => $db);
    is $r->{status}, 0, 'pg_dump' or diag $r->{err};
    $other->createdb($_) for qw(custom plain);
    $r = $other->run(['pg_restore', '-d', 'custom', '--exit-on-error', "$dir/custom"]);
    is $r->{status}, 0, 'pg_restore' or diag $r->{err};
    $r = $other->run(['psql', '-XqAt', '-v', 'ON_ERROR_STOP=1', '-f', "$dir/plain.sql"], db => 'plain');
    is $r->{status}, 0, 'psql' or diag $r->{err};
    for (qw(custom plain)) {
        is $other->psql($_, $heads), $before, "$_: the chains are those that were dumped";
        intact("restored from $_", $_, $other);
    }
    $other->psql('plain', "$insert (t(1), 'after', 'r', '{}')");
    intact('and written to', 'plain', $other);
};

subtest 'a partitioned table' => sub {
    $c->createdb('parts');
    $c->psql('parts', slurp('sql/platform/010_baseline.sql'));
    my $table = slurp('sql/platform/023_audit_logs.sql') =~ s/id uuid PRIMARY KEY DEFAULT/id uuid DEFAULT/r
        =~ s/\n\);/,\n    PRIMARY KEY (id, created_at)\n) PARTITION BY RANGE (created_at);/r;
    $c->psql('parts', "$table CREATE TABLE audit_logs_old PARTITION OF audit_logs FOR VALUES FROM (MINVALUE) TO "
        . "('2026-01-01'); CREATE TABLE audit_logs_new PARTITION OF audit_logs FOR VALUES FROM ('2026-01-01') TO (MAXVALUE)");
    my $r = $c->run(['auditmigrate', 'install', '-q'], db => 'parts');
    is $r->{status}, 0, 'installed' or diag $r->{err};
    $c->psql('parts', "INSERT INTO audit_logs (action, resource_type) SELECT 'a', 'r' FROM generate_series(1, 100);"
        . "INSERT INTO audit_logs_old (action, resource_type, created_at) VALUES ('direct', 'r', '2025-01-01');\n"
        . "COPY audit_logs_old (action, resource_type, created_at) FROM STDIN;\ncopied\tr\t2025-02-03\n\\.\n");
    is $c->psql('parts', 'SELECT count(*) FROM auditproof.chain_entry'), 102,
        'COPY and INSERT into a partition are chained';
    my $v = verify($c, 'parts', '--no-guards');
    is_deeply [$v->{status}, $v->{findings}, $v->{verdict}{extent}{rows}], [0, [], 102], 'intact' or diag explain $v;
    my $id = $c->psql('parts', "SELECT id FROM audit_logs WHERE action = 'copied'");
    $c->psql('parts', 'ALTER TABLE audit_logs_old DISABLE TRIGGER USER; '
        . "UPDATE audit_logs_old SET action = 'x' WHERE id = '$id'");
    is_deeply verify($c, 'parts', '--no-guards')->{findings}, ['altered T0 102 another'], 'and an edit there is found';
    $c->psql('parts', "COPY audit_logs_old (action, resource_type, created_at) FROM STDIN;\nslipped in\tr\t2025-02-03\n\\.\n");
    is_deeply verify($c, 'parts', '--no-guards')->{findings}, ['altered T0 102 another', 'unchained T0 another'],
        'as is COPY past its disabled triggers';
};

done_testing;
