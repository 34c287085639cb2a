# The SQL under sql/, applied as auditmigrate(1) applies it, and proven by pgTAP: as superuser, as the owner of a hosted
# database, and on a table that is partitioned. Then what takes two sessions.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use Test::More;

my $c = AuditTest->cluster;

sub install {
    my ($db, %o) = @_;
    my @files = map { sort glob "sql/$_/*.sql" } qw(platform migrations objects);
    my $text = join '', "BEGIN;\n", (map { "SELECT pg_catalog.set_config('$_->[0]', '$_->[1]', true);\n" }
        ['search_path', ''], ['client_min_messages', 'warning'], ['auditproof.version', 'test']),
        (map { slurp($_) } @files), "COMMIT;\n";
    my $r = $c->run(['psql', '-XqAt', '-v', 'ON_ERROR_STOP=1', '-f', '-'], db => $db, stdin => $text,
        env => { $o{user} ? (PGUSER => $o{user}) : () });
    return is("$r->{status} $r->{err}", '0 ', "install in $db");
}

sub prove {
    my ($db, %o) = @_;
    for my $file (@{ $o{files} }) {
        my $r = $c->run(['psql', '-XqAt', '-v', 'ON_ERROR_STOP=1', '-f', "tests/sql/$file.sql"], db => $db,
            env => { PGOPTIONS => '-c search_path=tap,public', $o{user} ? (PGUSER => $o{user}) : () });
        my @lines = grep { /\S/ } split /\n/, $r->{out};
        my ($planned) = map { /^1\.\.(\d+)/ ? $1 : () } @lines;
        my $passed = grep { /^ok / } @lines;
        ok $r->{status} == 0 && defined $planned && $planned == $passed, "$file in $db: $passed"
            or diag $r->{out}, $r->{err};
    }
    return;
}

sub setup { my ($db) = @_; return $c->psql($db, slurp('tests/sql/setup.psql')) }

# pg_dump names every object, owner and privilege; the order of privileges says nothing.
sub dump_of {
    my ($db) = @_;
    my $r = $c->run(['pg_dump', '-s', '-d', $db], db => $db);
    is $r->{status}, 0, "dump of $db" or diag $r->{err};
    return join "\n", sort grep { !/^\\(un)?restrict/ } split /\n/, $r->{out};
}

subtest 'hosted: an owner who is no superuser' => sub {
    $c->psql('postgres', 'CREATE ROLE hoster LOGIN CREATEROLE CREATEDB');
    $c->psql('postgres', 'CREATE DATABASE hosted OWNER hoster');
    install('hosted', user => 'hoster');
    my $first = dump_of('hosted');
    install('hosted', user => 'hoster');
    is dump_of('hosted'), $first, 'installing again changes nothing';
    setup('hosted');
    prove('hosted', user => 'hoster', files => [qw(chain guards account organization)]);
    prove('hosted', files => [qw(platform hosted classification)]);
};

subtest 'superuser' => sub {
    $c->createdb('super');
    install('super');
    my $first = dump_of('super');
    install('super');
    is dump_of('super'), $first, 'installing again changes nothing';
    setup('super');
    # roles belong to the cluster, and the hosted installer may not create one that is exempt from policies
    $c->psql('super', 'ALTER ROLE service_role BYPASSRLS');
    prove('super', files => [qw(platform chain guards account organization application roles ddl classification)]);
};

subtest 'partitioned' => sub {
    $c->createdb('parts');
    $c->psql('parts', slurp('sql/platform/010_baseline.sql'));
    $c->psql('parts', slurp('sql/platform/023_audit_logs.sql') =~ s/id uuid PRIMARY KEY/id uuid/r
        =~ s/now\(\)\n\);/now(),\n PRIMARY KEY (id, created_at)) PARTITION BY RANGE (created_at);/r);
    $c->psql('parts', "CREATE TABLE public.audit_logs_old PARTITION OF public.audit_logs FOR VALUES FROM (MINVALUE) TO ('2026-01-01');
                       CREATE TABLE public.audit_logs_new PARTITION OF public.audit_logs FOR VALUES FROM ('2026-01-01') TO (MAXVALUE)");
    install('parts');
    setup('parts');
    prove('parts', files => [qw(partition classification)]);
};

subtest 'a live table' => sub {
    $c->createdb('live');
    $c->psql('live', slurp('sql/platform/010_baseline.sql'));
    $c->psql('live', slurp('sql/platform/023_audit_logs.sql'));
    $c->psql('live', q{INSERT INTO public.audit_logs (action, resource_type) SELECT 'old', 'x' FROM generate_series(1, 10);
        CREATE POLICY "Owners only" ON public.audit_logs FOR SELECT USING (false);
        CREATE INDEX idx_audit_logs_action ON public.audit_logs (action, id)});
    my $node = $c->psql('live', q{SELECT pg_relation_filenode('public.audit_logs')});
    install('live');
    is $c->psql('live', q{SELECT pg_relation_filenode('public.audit_logs')}), $node, 'the table is not rewritten';
    is $c->psql('live', 'SELECT count(*) FROM public.audit_logs WHERE chain_salt IS NULL'), '10', 'old rows wait for adoption';
    is $c->psql('live', q{SELECT string_agg(policyname, ',' ORDER BY policyname) FROM pg_policies
        WHERE tablename = 'audit_logs' AND cmd = 'SELECT'}), 'Owners only,auditproof reads', 'policies of the platform stay alone';
    is $c->psql('live', q{SELECT pg_get_indexdef('public.idx_audit_logs_action'::regclass) LIKE '%(action, id)'}), 't',
        'an index that is there stays as it is';
    $c->psql('live', q{UPDATE public.audit_logs SET chain_salt = sha256('a') || substr(sha256('b'), 1, 16)});
    is(($c->psql_error('live', q{UPDATE public.audit_logs SET chain_salt = sha256('a') || substr(sha256('c'), 1, 16)}))[0],
        '23001', 'a salt is filled once');
};

subtest 'a platform in part' => sub {
    $c->createdb('part');
    $c->psql('part', 'CREATE TABLE public.organizations (id uuid PRIMARY KEY)');
    my ($state, $message) = $c->psql_error('part', slurp('sql/platform/010_baseline.sql'));
    is $state, '55000', 'is not completed by guesswork';
    like $message, qr/table auth\.users, table public\.profiles/, 'and what is missing is named';
};

subtest 'above READ COMMITTED' => sub {
    my $insert = q{INSERT INTO public.audit_logs (action, resource_type) VALUES ('a', 'b')};
    for my $level ('REPEATABLE READ', 'SERIALIZABLE') {
        for my $chain ('has no entry', 'has entries') {
            my $r = $c->run(['psql', '-Xq', '-v', 'VERBOSITY=sqlstate', '-f', '-'], db => 'super', stdin =>
                "BEGIN ISOLATION LEVEL $level; SELECT 1;\n\\! psql -Xqc \"$insert\"\n$insert;\nCOMMIT;\n");
            like $r->{err}, qr/\b40001\b/, "$level, when the chain $chain: try again";
            $c->psql('super', "BEGIN ISOLATION LEVEL $level; $insert; COMMIT");
        }
    }
    is $c->psql('super', 'SELECT tap.chain_faults()'), '0', 'and there is no fork';
};

subtest 'many writers' => sub {
    my $script = tempdir() . '/insert.sql';
    spew($script, q{INSERT INTO public.audit_logs (organization_id, action, resource_type)
        VALUES ('00000000-0000-4000-8000-00000000000a', 'many', 'x');} . "\n");
    my $r = $c->run(['pgbench', '-n', '-c', 16, '-t', 100, '-f', $script], db => 'super');
    is $r->{status}, 0, '16 clients on one tenant' or diag $r->{err};
    is $c->psql('super', q{SELECT count(*) FROM public.audit_logs WHERE action = 'many'}), '1600', 'every entry is there';
    is $c->psql('super', 'SELECT tap.chain_faults()'), '0', 'and chained without a fork';
};

subtest 'a bulk load into an empty chain' => sub {
    my $r = $c->run(['psql', '-XqAt', '-v', 'ON_ERROR_STOP=1', '-c', q{INSERT INTO public.audit_logs (organization_id, action,
        resource_type) SELECT '00000000-0000-4000-8000-00000000000b', 'bulk', 'x' FROM generate_series(1, 100000)}],
        db => 'super', timeout => 60);
    is $r->{status}, 0, 'a hundred thousand entries in one transaction' or diag $r->{err};
};

done_testing;
