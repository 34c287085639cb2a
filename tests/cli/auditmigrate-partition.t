#!/usr/bin/perl
# audit_logs by month: installed so, moved there while it is written to and whatever is killed meanwhile, its months made
# ahead, and what the database itself refuses to do to partitions.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use JSON::PP;
use Test::More;

my $c = AuditTest->cluster;
my $org = '00000000-0000-4000-8000-00000000000a';
my $user = '00000000-0000-4000-9000-00000000000a';

sub check { return $c->run(['auditmigrate', 'check', '--format=json'], db => $_[0]) }
sub intact { my $r = $c->run(['auditverify', '-q'], db => $_[0]); return $r->{status} == 0 || diag $r->{out}, $r->{err} }
sub partition { my ($db, @options) = @_; return $c->run(['auditmigrate', 'partition', @options], db => $db) }

sub partitions {
    return $c->psql($_[0], "SELECT string_agg(p.partition::text, ' ' ORDER BY p.partition::text) FROM "
        . "auditproof.partition_list('audit_logs') p");
}

$c->createdb('new');
my $r = $c->run(['auditmigrate', 'install', '--partitioned'], db => 'new');
is $r->{status}, 0, 'installed with partitions' or BAIL_OUT($r->{err});
$c->createdb('plain');
is $c->run(['auditmigrate', 'install', '-q'], db => 'plain')->{status}, 0, 'and without';

subtest 'a new database' => sub {
    $r = check('new');
    is $r->{status}, 0, 'as installed' or diag $r->{out};
    is_deeply decode_json($r->{out})->{findings}, decode_json(check('plain')->{out})->{findings}, 'as the other layout is';
    is $c->psql('new', q{SELECT string_agg(c.relkind::text, '') FROM pg_class c
        WHERE c.oid IN ('audit_logs'::regclass, 'performance_analytics'::regclass)}), 'pp', 'both tables are partitioned';
    is $c->psql('new', q{SELECT count(*) FROM auditproof.partition_list('audit_logs')}), 14, 'this month, twelve more, and DEFAULT';
    like $c->run(['auditmigrate', 'install', '--partitioned'], db => 'new')->{out}, qr/^Nothing changed/m, 'again: nothing';
    my $script = $c->run(['auditmigrate', 'install', '--partitioned', '--dry-run'])->{out};
    $c->createdb('pasted');
    $c->psql('pasted', $script);
    is check('pasted')->{status}, 0, 'the script does the same';
    $c->psql('new', "INSERT INTO organizations (id, name) VALUES ('$org', 'A'); INSERT INTO auth.users (id) VALUES ('$user')");
    for my $role (qw(service_role authenticated)) {
        $c->psql('new', qq{INSERT INTO audit_logs (organization_id, actor_id, action, resource_type, created_at) VALUES
            ('$org', '$user', 'a', 'b', NULL), ('$org', NULL, 'a', 'b', '-infinity'), ('$org', NULL, 'a', 'b', 'infinity'),
            ('$org', NULL, 'a', 'b', '2400-01-01'), ('$org', '$user', 'a', 'b', now())}, role => $role);
    }
    is $c->psql('new', 'SELECT count(*) FROM auditproof.chain_entry'), 10, 'whatever created_at says, the entry is taken and chained';
    is $c->psql('new', q{SELECT waiting || ' ' || outside FROM auditproof.partition_strays('audit_logs')}), '0 8', 'those without a month are counted';
    $r = check('new');
    is $r->{status}, 0, 'and are no finding' or diag $r->{out};
    is_deeply [map { "$_->{severity} $_->{object} $_->{found}" } @{decode_json($r->{out})->{findings}}],
        ['notice rows without a month in public.audit_logs_default 8 whose created_at is NULL, more than 20 years ago, '
            . 'or later than all partitions'], '... but a notice';
    $c->psql('new', "DELETE FROM auth.users WHERE id = '$user'");
    ok intact('new'), 'an account can be deleted';
    $r = $c->run(['auditverify', '-q', '-j2'], db => 'new');
    is $r->{status}, 0, 'and verification reads partitions side by side';
};

subtest 'what is refused' => sub {
    my ($this) = $c->psql('new', q{SELECT 'audit_logs' || to_char(now() AT TIME ZONE 'UTC', '_YYYY_MM')});
    my ($next) = $c->psql('new', q{SELECT 'audit_logs' || to_char((now() AT TIME ZONE 'UTC') + '1 month', '_YYYY_MM')});
    $c->psql('new', "CREATE TABLE rows (LIKE audit_logs INCLUDING DEFAULTS INCLUDING CONSTRAINTS); INSERT INTO rows (id, action, resource_type, created_at)
        VALUES (gen_random_uuid(), 'forged', 'b', '2024-01-05'); CREATE TABLE none (LIKE audit_logs)");
    my %refused = (
        "DROP TABLE $this" => '23001', "DROP TABLE $this CASCADE" => '23001', 'DROP TABLE audit_logs CASCADE' => '23001',
        "DROP TABLE $next" => '23001', 'DROP TABLE audit_logs_default' => '23001', 'DROP SCHEMA public CASCADE' => '23001',
        'DROP OWNED BY postgres CASCADE' => '2BP01',
        "ALTER TABLE audit_logs DETACH PARTITION $this" => '23001',
        "ALTER TABLE audit_logs DETACH PARTITION $this CONCURRENTLY" => '55000',
        "ALTER TABLE audit_logs DETACH PARTITION $next CONCURRENTLY" => '55000',
        'ALTER TABLE audit_logs DETACH PARTITION audit_logs_default' => '23001',
        'ALTER TABLE audit_logs DETACH PARTITION audit_logs_default CONCURRENTLY' => '55000',
        "TRUNCATE $this" => '23001', 'TRUNCATE audit_logs' => '23001', 'TRUNCATE audit_logs_default' => '23001',
        'TRUNCATE organizations CASCADE' => '23001',
        "DELETE FROM $this" => '23001', "UPDATE $this SET action = 'x'" => '23001',
        "ALTER TABLE audit_logs ATTACH PARTITION rows FOR VALUES FROM ('2024-01-01') TO ('2024-02-01')" => '23001',
        "ALTER TABLE $this ALTER action TYPE varchar USING 'x'" => '42P16',
    );
    for my $sql (sort keys %refused) {
        my ($state) = $c->psql_error('new', $sql);
        is $state, $refused{$sql} // '', $sql;
    }
    my ($state) = $c->psql_error('new', "BEGIN; SAVEPOINT s; ALTER TABLE audit_logs ATTACH PARTITION rows
        FOR VALUES FROM ('2024-01-01') TO ('2024-02-01'); RELEASE s; COMMIT");
    is $state, '23001', 'the same within a savepoint';
    ok intact('new'), 'and all is there';
    $c->psql('new', 'DROP TABLE rows, none');
};

subtest 'a month that is missing' => sub {
    my ($name, $from) = split /\|/, $c->psql('new', q{SELECT 'audit_logs' || to_char(m AT TIME ZONE 'UTC', '_YYYY_MM'), m
        FROM date_trunc('month', now() AT TIME ZONE 'UTC' + '2 months') AS m});
    $c->psql('new', "ALTER TABLE audit_logs DETACH PARTITION $name; DROP TABLE $name");
    is check('new')->{status}, 0, 'an empty partition may go';
    $c->psql('new', "INSERT INTO audit_logs (organization_id, action, resource_type, created_at)
        SELECT '$org', 'late', 'b', '$from'::timestamp + i * interval '1 hour' FROM generate_series(1, 50) i");
    $r = check('new');
    is $r->{status}, 1, 'rows of its month are a finding';
    like $r->{out}, qr/"object":\s*"rows in public\.audit_logs_default".*"found":"50/s, '... which says how many';
    my $status = decode_json($c->run(['auditmigrate', 'status', '--format=json'], db => 'new')->{out});
    is_deeply $status->{default_partitions}[0],
        {table => 'public.audit_logs', partition => 'public.audit_logs_default', waiting => 50, outside => 8}, 'as status does';
    is scalar(grep { /50 rows wait in public\.audit_logs_default.*auditmigrate partition --months|8 rows stay in .* without a month/ }
        @{$status->{next}}), 2, '... with what to do' or diag explain $status->{next};
    ok intact('new'), '... and verification finds nothing wrong with them';
    $c->psql('new', 'CREATE ROLE timer LOGIN IN ROLE auditproof_retainer');
    my $dir = tempdir();
    $r = $c->run(['auditmigrate', 'partition', '--months', '--metrics', "$dir/partition.prom"], db => 'new', env => {PGUSER => 'timer'});
    is $r->{status}, 0, 'made by a retainer' or diag $r->{err};
    like $r->{err}, qr/for which 50 rows waited/, 'who hears how many rows waited for it';
    like slurp("$dir/partition.prom"), qr/^auditproof_partition_outside_rows\{database="new",table="audit_logs"\} 8$/m, 'metrics';
    is $c->psql('new', "SELECT count(*) FROM $name"), 50, 'they are there';
    is check('new')->{status}, 0, 'no finding any more' or diag check('new')->{out};
    ok intact('new'), 'the chain is intact';
    is $c->psql('new', q{SELECT metadata->>'moved' FROM audit_logs WHERE action = 'audit.partition_made' ORDER BY created_at DESC LIMIT 1}),
        50, 'an entry tells of it';
    is $c->psql('new', q{SELECT count(*) FROM audit_logs WHERE action = 'audit.schema_changed' AND metadata->>'object' LIKE '%' || 'default'}), 0,
        'and no alarm';
    my ($state) = $c->psql_error('new', 'DELETE FROM audit_logs_default');
    is $state, '23001', 'the guards are up again';
};

subtest 'a table that is moved' => sub {
    my $db = $c->createdb('move', template => 'plain');
    $c->psql($db, qq{
        INSERT INTO organizations (id, name) VALUES ('$org', 'A');
        INSERT INTO auth.users (id) VALUES ('$user');
        INSERT INTO audit_logs (organization_id, actor_id, action, resource_type, created_at, old_values)
            SELECT '$org', '$user', 'a', 'b', now() - i * interval '3 hours', '{"k": [1, 2]}' FROM generate_series(1, 3000) i;
        INSERT INTO audit_logs (action, resource_type, created_at) VALUES ('null', 'b', NULL), ('far', 'b', 'infinity'), ('old', 'b', '1990-01-01');
        ALTER TABLE audit_logs ADD COLUMN note text;
        CREATE INDEX extra ON audit_logs (session_id) WHERE session_id IS NOT NULL;
        CREATE VIEW seen WITH (security_invoker = true) AS SELECT l.id, l.action FROM audit_logs l;
        GRANT SELECT ON seen TO authenticated;
        CREATE POLICY more ON performance_analytics FOR SELECT TO anon USING (name = 'public');
        CREATE FUNCTION public.count_it() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
        CREATE TRIGGER counted AFTER INSERT ON audit_logs FOR EACH ROW EXECUTE FUNCTION public.count_it();
        INSERT INTO performance_analytics (type) SELECT 'CLS' FROM generate_series(1, 100)});
    my $before = check($db)->{out};
    my $sum = q{SELECT count(*) || ' ' || sum(hashtextextended(l::text, 0)) FROM audit_logs l WHERE action <> 'live' AND action NOT LIKE 'audit.%'};
    my $rows = $c->psql($db, $sum);

    # A writer all the way: one insert a transaction, prepared, that stops at its first error.
    my $dir = tempdir();
    spew("$dir/insert.sql", "INSERT INTO audit_logs (organization_id, action, resource_type) VALUES ('$org', 'live', 'b');\n");
    my $writer = $c->spawn(['pgbench', '-n', '-M', 'prepared', '-T', '600', '-f', "$dir/insert.sql", $db], db => $db);
    my $blocks = sub {
        my ($what, $lock, $step, @options) = @_;
        my $holder = $c->spawn(['psql', '-Xq'], db => $db, stdin => do {
            pipe my $read, my $write or die; select((select($write), $| = 1)[0]); print $write "BEGIN; $lock;\n"; $what->{pipe} = $write; $read });
        $what->{holder} = $holder;
        wait_until { $c->psql($db, q{SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction' AND application_name = 'psql'}) } 10, 'the lock';
        my $job = $c->spawn(['auditmigrate', 'partition', '--table=audit_logs', @options], db => $db);
        wait_until { $c->psql($db, "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'auditmigrate' AND $step") } 20, "what waits for $lock";
        return $job;
    };
    my $unblock = sub { my ($what) = @_; close $what->{pipe}; $what->{holder}->wait(10); };

    my @steps = (
        ['prepare', "LOCK TABLE audit_logs IN ROW EXCLUSIVE MODE", "wait_event_type = 'Lock' AND query ~ 'partition_prepare'"],
        ['copy', "SELECT pg_advisory_xact_lock(1635083369, hashtext('audit_logs'))", "wait_event_type = 'Lock' AND query ~ 'partition_copy'"],
        ['swap', 'LOCK TABLE audit_logs IN ACCESS SHARE MODE', "wait_event_type = 'Lock' AND query ~ 'partition_swap'"],
    );
    for my $step (@steps) {
        my ($name, $lock, $waits) = @$step;
        my %held;
        my $job = $blocks->(\%held, $lock, $waits, '--lock-timeout=5000');
        $job->kill('KILL');
        $job->wait(10);
        $unblock->(\%held);
        wait_until { !$c->psql($db, q{SELECT count(*) FROM pg_stat_activity WHERE application_name = 'auditmigrate'}) } 20, 'its end';
        ok intact($db), "killed in $name: the chain is intact";
        my $found = check($db);
        is $found->{status}, 0, '... and no object is a finding' or diag $found->{out};
    }
    $c->psql($db, "DELETE FROM auth.users WHERE id = '$user'");
    $rows = $c->psql($db, $sum);
    my $r = partition($db);
    is $r->{status}, 0, 'run again, it is done' or diag $r->{err};
    is $c->psql($db, q{SELECT count(*) FROM pg_class WHERE relname IN ('audit_logs_copy', 'audit_logs_moved')}), 0, 'nothing is left over';
    ok $writer->running, 'the writer never failed' or diag $writer->err;
    $writer->kill('INT');
    $writer->wait(10);
    is $c->psql($db, $sum), $rows, 'every row is as it was';
    ok intact($db), 'the chain is intact';
    my $after = check($db)->{out};
    like $after, qr/rows without a month in public.audit_logs_default/, 'check says what has no month';
    is_deeply [grep { $_->{object} !~ /without a month/ } @{decode_json($after)->{findings}}], decode_json($before)->{findings},
        '... and what it said before';
    is $c->psql($db, 'SELECT count(*) > 3003 FROM seen'), 't', 'a view reads the new table';
    is $c->psql($db, q{SELECT reloptions::text || has_table_privilege('authenticated', 'seen', 'SELECT') FROM pg_class WHERE relname = 'seen'}),
        '{security_invoker=true}true', '... with its options and privileges';
    is $c->psql($db, q{SELECT string_agg(x, ' ') FROM (SELECT polname::text FROM pg_policy WHERE polrelid = 'performance_analytics'::regclass AND polname = 'more'
        UNION ALL SELECT tgname FROM pg_trigger WHERE tgrelid = 'audit_logs'::regclass AND tgname = 'counted'
        UNION ALL SELECT indexrelid::regclass::text FROM pg_index WHERE indrelid = 'audit_logs'::regclass AND indexrelid = 'extra'::regclass
        UNION ALL SELECT attname FROM pg_attribute WHERE attrelid = 'audit_logs'::regclass AND attname = 'note') y (x)}),
        'more counted extra note', 'so have its policies, triggers, indexes and columns come';
    is $c->psql($db, 'SELECT count(*) FROM performance_analytics'), 100, 'and performance_analytics';
    is $c->psql($db, q{INSERT INTO audit_logs (action, resource_type) VALUES ('a', 'b') RETURNING tableoid::regclass = to_regclass('audit_logs' || to_char(now() AT TIME ZONE 'UTC', '_YYYY_MM'))}, role => 'service_role'),
        't', 'what comes goes into its month';
    like partition($db)->{err}, qr/\A(?!.*(?:made|moved))/s, 'again: nothing';
};

subtest 'what cannot be moved' => sub {
    my $db = $c->createdb('cannot', template => 'plain');
    $c->psql($db, 'CREATE MATERIALIZED VIEW m AS SELECT action FROM audit_logs; CREATE UNIQUE INDEX u ON audit_logs (session_id);
        CREATE TABLE child (log uuid REFERENCES audit_logs); CREATE FUNCTION f(audit_logs) RETURNS int LANGUAGE sql AS \'SELECT 1\'');
    my $r = partition($db);
    is $r->{status}, 3, 'is said';
    like $r->{err}, qr/$_/, $_ for 'materialized view public.m', 'index public.u is unique', 'child refers to', 'function public.f\(public.audit_logs\)', '4 problems';
    $c->psql($db, 'DROP MATERIALIZED VIEW m; DROP INDEX u; DROP TABLE child; DROP FUNCTION f');
    $c->psql($db, "SELECT auditproof.partition_prepare('audit_logs', 3)");
    is check($db)->{status}, 0, 'a move under way is no finding';
    is partition($db, '--give-up')->{status}, 0, 'and can be given up';
    is $c->psql($db, q{SELECT relkind FROM pg_class WHERE oid = 'audit_logs'::regclass}), 'r';
    is $c->psql($db, q{SELECT count(*) FROM pg_class WHERE relname LIKE 'audit_logs_%copy%'}), 0, 'without a trace';
    is partition($db, '--months')->{status}, 3, 'a timer moves nothing';
};

done_testing;
