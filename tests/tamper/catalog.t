#!/usr/bin/perl
# What guards the entries is looked at too; and where there is nothing to read in the right shape, nothing is said.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use JSON::PP;
use TamperTest;
use Test::More;

my $c = AuditTest->cluster;
entries($c, 'intact');
$c->psql('intact', 'ALTER EVENT TRIGGER auditproof_ddl DISABLE');
$c->psql('intact', 'ALTER EVENT TRIGGER auditproof_drop DISABLE');
$c->psql('intact', 'ALTER EVENT TRIGGER auditproof_rewrite DISABLE');

# The guard findings on a fresh copy, beside those that the event triggers make, which are off here.
sub guards {
    my ($name, $sql, $pattern, @others) = @_;
    my $db = copy_of($c, 'intact');
    $c->psql($db, "SET session_replication_role = replica; $sql; ALTER EVENT TRIGGER auditproof_ddl ENABLE ALWAYS;"
        . 'ALTER EVENT TRIGGER auditproof_drop ENABLE ALWAYS; ALTER EVENT TRIGGER auditproof_rewrite ENABLE ALWAYS');
    my $v = verify($c, $db);
    my @guards = grep { /^guard/ } @{$v->{findings}};
    my @rest = grep { !/^guard/ } @{$v->{findings}};
    ok @guards > 0 && !(grep { $_ !~ $pattern } @guards), "$name: found" or diag explain $v->{findings}, $v->{err};
    is_deeply \@rest, \@others, "$name: and nothing else" or diag explain \@rest;
    is $v->{status}, 1, "$name: exit status";
    is verify($c, $db, '--no-guards')->{status}, @others ? 1 : 0, "$name: and not looked at on request";
    return;
}

guards('a trigger disabled', 'ALTER TABLE audit_logs DISABLE TRIGGER auditproof_chain', qr/auditproof_chain/);
guards('a trigger not ALWAYS', 'ALTER TABLE audit_logs ENABLE TRIGGER auditproof_guard', qr/auditproof_guard/);
guards('a trigger dropped', 'DROP TRIGGER auditproof_truncate ON audit_logs', qr/auditproof_truncate/);
guards('a trigger replaced', 'DROP TRIGGER auditproof_guard ON audit_logs; CREATE FUNCTION x() RETURNS trigger '
    . 'LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$; CREATE TRIGGER auditproof_guard BEFORE UPDATE OR DELETE ON '
    . 'audit_logs FOR EACH ROW EXECUTE FUNCTION x(); ALTER TABLE audit_logs ENABLE ALWAYS TRIGGER auditproof_guard',
    qr/auditproof_guard/);
guards('a trigger of another', 'CREATE FUNCTION x() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$; '
    . 'CREATE TRIGGER another BEFORE INSERT ON audit_logs FOR EACH ROW EXECUTE FUNCTION x()', qr/another/);
guards('a function replaced', 'CREATE OR REPLACE FUNCTION auditproof.guard_entry() RETURNS trigger LANGUAGE plpgsql '
    . 'SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET row_security = on AS $$ BEGIN RETURN NEW; END $$',
    qr/guard_entry/);
guards('the function that chains dropped', 'DROP FUNCTION auditproof.chain_at_commit() CASCADE',
    qr/chain_at_commit|auditproof_chain/);
guards("a function's settings", 'ALTER FUNCTION auditproof.chain_at_commit() RESET search_path', qr/chain_at_commit/);
guards('a grant', 'GRANT UPDATE, DELETE ON audit_logs TO service_role', qr/audit_logs/);
guards('a grant on a chain', 'GRANT SELECT ON auditproof.chain_entry TO authenticated', qr/chain_entry/);
guards('an owner', 'CREATE ROLE thief; ALTER TABLE auditproof.chain_entry OWNER TO thief', qr/chain_entry/);
guards('a policy', 'CREATE POLICY more ON audit_logs FOR UPDATE USING (true)', qr/more/);
guards('a policy dropped', 'DROP POLICY "auditproof reads" ON audit_logs', qr/auditproof reads/);
guards('row level security off', 'ALTER TABLE audit_logs DISABLE ROW LEVEL SECURITY', qr/audit_logs/);
guards('a rule', 'CREATE RULE quiet AS ON INSERT TO audit_logs DO INSTEAD NOTHING', qr/quiet|audit_logs/);
guards('a default', 'ALTER TABLE audit_logs ALTER COLUMN chain_salt DROP DEFAULT', qr/chain_salt/);
guards('a key dropped', 'ALTER TABLE auditproof.chain_entry DROP CONSTRAINT chain_entry_pkey', qr/chain_entry/);
guards('a version downgraded', 'ALTER TABLE auditproof.migration DISABLE TRIGGER USER; '
    . "UPDATE auditproof.migration SET version = '0.0.1'; ALTER TABLE auditproof.migration "
    . 'ENABLE ALWAYS TRIGGER auditproof_guard, ENABLE ALWAYS TRIGGER auditproof_truncate', qr/version|migration/);
guards('a migration changed', 'ALTER TABLE auditproof.migration DISABLE TRIGGER USER; '
    . 'UPDATE auditproof.migration SET sha256 = sha256(sha256) WHERE number = 1; ALTER TABLE auditproof.migration '
    . 'ENABLE ALWAYS TRIGGER auditproof_guard, ENABLE ALWAYS TRIGGER auditproof_truncate', qr/migration/);
guards('a migration missing', 'ALTER TABLE auditproof.migration DISABLE TRIGGER USER; '
    . 'DELETE FROM auditproof.migration WHERE number = 1; ALTER TABLE auditproof.migration '
    . 'ENABLE ALWAYS TRIGGER auditproof_guard, ENABLE ALWAYS TRIGGER auditproof_truncate', qr/migration/);

# What does not show where one would look.
guards('a trigger marked as internal', 'CREATE FUNCTION x() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;'
    . 'CREATE TRIGGER another BEFORE INSERT ON audit_logs FOR EACH ROW EXECUTE FUNCTION x(); '
    . "UPDATE pg_trigger SET tgisinternal = true WHERE tgname = 'another'", qr/trigger another/);
guards('a parsed body behind the text', 'CREATE FUNCTION x() RETURNS boolean STABLE LANGUAGE sql BEGIN ATOMIC SELECT true; '
    . "END; UPDATE pg_proc SET prosqlbody = (SELECT o.prosqlbody FROM pg_proc o WHERE o.oid = 'x'::regproc) "
    . "WHERE proname = 'is_installing'", qr/is_installing/);
guards('a setting that quiets event triggers', 'DO $$ BEGIN EXECUTE '
    . "format('ALTER DATABASE %I SET auditproof.version = %L', current_database(), 'x'); END \$\$",
    qr/setting auditproof\.version of every role/);
guards('a function in the place of one of PostgreSQL', 'CREATE FUNCTION pg_catalog.pg_partition_tree(text) RETURNS TABLE '
    . '(relid regclass, parentrelid regclass, isleaf boolean, level int) LANGUAGE sql '
    . 'AS $$ SELECT NULL::regclass, NULL::regclass, true, 1 WHERE false $$', qr/function pg_partition_tree\(text\)/);
guards('an operator in the place of one of PostgreSQL', 'CREATE FUNCTION x(uuid, text) RETURNS boolean LANGUAGE sql '
    . 'AS $$ SELECT true $$; CREATE OPERATOR pg_catalog.= (LEFTARG = uuid, RIGHTARG = text, FUNCTION = x)', qr/operator =\(uuid,text\)/);

# With the trigger off, the application's next entry is not chained: both the cause and the effect are found.
guards('an entry past a disabled trigger', 'ALTER TABLE audit_logs DISABLE TRIGGER auditproof_chain; '
    . q{INSERT INTO audit_logs (id, action, resource_type) VALUES (e(1400), 'a', 'r')}, qr/auditproof_chain/,
    'unchained T0 e1400');
guards('an entry past a trigger that is not ALWAYS', 'ALTER TABLE audit_logs ENABLE TRIGGER auditproof_chain; '
    . q{INSERT INTO audit_logs (id, action, resource_type) VALUES (e(1400), 'a', 'r')}, qr/auditproof_chain/,
    'unchained T0 e1400');

# Nothing can be said of what is not there, or is something else.
sub unknown {
    my ($name, $sql, $pattern) = @_;
    my $db = copy_of($c, 'intact');
    $c->psql($db, $sql);
    for my $format ([], ['--format=json'], ['--format=ndjson'], ['-j2']) {
        my $r = $c->run(['auditverify', @$format], db => $db);
        is $r->{status}, 3, "$name (@$format): could not tell" or diag $r->{out};
        like $r->{err}, $pattern, "$name (@$format): says why";
        unlike $r->{out}, qr/intact/i, "$name (@$format): claims nothing";
        like $r->{out}, qr/"verdict":"unknown"/, "$name (@$format): says so in the data" if "@$format" =~ /json/;
    }
    return;
}

my $off = join '', map { "ALTER TABLE $_ DISABLE TRIGGER ALL;" } qw(public.audit_logs auditproof.chain
    auditproof.chain_entry);
unknown('a missing table', 'DROP TABLE audit_logs CASCADE', qr/there is no table public\.audit_logs/);
unknown('an empty table and no chains', "$off DELETE FROM audit_logs; DELETE FROM auditproof.chain; "
    . 'DELETE FROM auditproof.chain_entry', qr/nothing to verify/);
my $away = 'ALTER TABLE audit_logs RENAME TO other_logs;';
unknown('a view', "$away CREATE VIEW audit_logs AS SELECT * FROM other_logs", qr/public\.audit_logs is a view, not a table/);
unknown('a materialized view', "$away CREATE MATERIALIZED VIEW audit_logs AS SELECT * FROM other_logs",
    qr/is a materialized view, not a table/);
unknown('a foreign table', "$away CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w; "
    . 'CREATE FOREIGN TABLE audit_logs (id uuid) SERVER s', qr/is a foreign table, not a table/);
# which a partitioned table cannot have
unknown('a child table', 'CREATE TABLE child () INHERITS (audit_logs)', qr/child table .*child/) unless $ENV{AUDIT_PARTITIONED};
unknown('no chains', 'DROP TABLE auditproof.chain_entry CASCADE', qr/there is no table auditproof\.chain_entry/);
unknown('nothing installed', 'ALTER EVENT TRIGGER auditproof_schema DISABLE; DROP SCHEMA auditproof CASCADE', qr/there is no table auditproof\.\w+/);
unknown('a view of the chain', 'ALTER TABLE auditproof.chain_entry RENAME TO e; '
    . 'CREATE VIEW auditproof.chain_entry AS SELECT * FROM auditproof.e', qr/auditproof\.chain_entry is a view/);
unknown('a column of another type', 'DROP VIEW auditproof.entry, auditproof.entry_risk; ALTER TABLE audit_logs ALTER COLUMN session_id TYPE '
    . 'varchar', qr/has no column session_id of type text/);
unknown('a column missing', 'ALTER TABLE audit_logs DROP COLUMN user_agent CASCADE', qr/has no column user_agent/);

# Every table of ours, with its columns, constraints and triggers, whichever there are: gone, it is missed by name.
{
    my $own = q{pg_class c WHERE c.relnamespace = 'auditproof'::regnamespace AND c.relkind = 'r'};
    my %parts = (
        trigger => q{SELECT 'trigger ' || quote_ident(t.tgname) || ' on auditproof.' || quote_ident(t.relname),
                format('DROP TRIGGER %I ON auditproof.%I', t.tgname, t.relname) FROM (SELECT t.tgname, c.relname FROM pg_trigger t, OWN
                AND t.tgrelid = c.oid AND NOT t.tgisinternal) t},
        constraint => q{SELECT 'constraint ' || quote_ident(k.conname) || ' on auditproof.' || quote_ident(k.relname),
                format('ALTER TABLE auditproof.%I DROP CONSTRAINT IF EXISTS %I CASCADE', k.relname, k.conname) FROM (SELECT k.conname,
                c.relname FROM pg_constraint k, OWN AND k.conrelid = c.oid) k},
        column => q{SELECT 'column auditproof.' || quote_ident(a.relname) || '.' || quote_ident(a.attname),
                format('ALTER TABLE auditproof.%I RENAME %I TO %I', a.relname, a.attname, 'was_' || a.attname)
                FROM (SELECT c.relname, a.attname FROM pg_attribute a, OWN AND a.attrelid = c.oid AND a.attnum > 0
                AND NOT a.attisdropped AND c.relname <> 'migration') a},
    );
    my $shape = slurp('sql/queries/verify_shape.sql');
    for my $kind (sort keys %parts) {
        my $db = copy_of($c, 'intact');
        my %drop = map { split /\|/, $_, 2 } split /\n/, $c->psql($db, $parts{$kind} =~ s/OWN/$own/r);
        $c->psql($db, join ";\n", 'SET session_replication_role = replica', sort values %drop);
        my $r = $c->run(['auditmigrate', 'check', '--format=ndjson'], db => $db);
        my %found = map { $_->{object} => 1 } grep { $_->{type} eq 'finding' && $_->{severity} eq 'finding' && $_->{found} eq 'absent' }
            map { decode_json($_) } split /\n/, $r->{out};
        is_deeply [grep { !$found{$_} } sort keys %drop], [], scalar(keys %drop) . " of kind $kind: check names each";
        is $r->{status}, 1, '... and says that it is not as installed';
        if ($kind eq 'column') { # without which there is nothing to verify: all of those that it reads
            my %missed = map { /^(auditproof\S+) has no column (\S+)/ ? ("column $1.$2" => 1) : () } split /\n/, $c->psql($db, $shape);
            my %read = map { $_ => 1 } $shape =~ /'(auditproof\.\w+)'/g;
            is_deeply [grep { /^column (auditproof\.\w+)/ && $read{$1} && !$missed{$_} } sort keys %drop], [],
                'auditverify misses every column of what it reads';
        } else {
            my %guards = map { $_ => 1 } map { s/^guard //r } grep { /^guard/ } @{verify($c, $db)->{findings}};
            is_deeply [grep { !$guards{$_} } sort keys %drop], [], '... as auditverify does';
        }
    }

    # A table: either verification reads it, and can tell nothing without it, or it is a finding.
    my $db = copy_of($c, 'intact');
    my @tables = split /\n/, $c->psql($db, "SELECT c.relname FROM $own ORDER BY 1");
    my $missed = $c->psql($db, join ";\n", 'BEGIN', (map { "ALTER TABLE auditproof.$_ RENAME TO was_$_" } @tables), "$shape ROLLBACK");
    my %read = map { $_ => 1 } $missed =~ /there is no table auditproof\.(\w+)/g;
    my @others = grep { !$read{$_} } @tables;
    ok @others > 0 && keys %read > 20, 'tables that verification reads, and others' or diag $missed;
    $c->psql($db, join ";\n", map { "DROP TABLE auditproof.$_ CASCADE" } @others);
    my %guards = map { $_ => 1 } @{verify($c, $db)->{findings}};
    is_deeply [grep { !$guards{"guard table auditproof.$_"} } @others], [], 'each of the others that is gone is a finding';
    unknown("a missing $_", "DROP TABLE auditproof.$_ CASCADE", qr/there is no table auditproof\.$_/) for qw(legal_hold purge_certificate);
    unknown('a column of a hold missing', 'ALTER TABLE auditproof.legal_hold RENAME review_on TO x',
        qr/auditproof\.legal_hold has no column review_on of type date/);
}

# Names that a search_path could redirect are not: all are qualified.
{
    my $db = copy_of($c, 'intact');
    $c->psql($db, 'CREATE SCHEMA decoy; CREATE TABLE decoy.audit_logs (LIKE public.audit_logs); CREATE FUNCTION '
        . 'decoy.concat(VARIADIC text[]) RETURNS text LANGUAGE sql AS $$ SELECT NULL::text $$; '
        . qq{ALTER DATABASE "$db" SET search_path = decoy, pg_catalog, public});
    is verify($c, $db, '--no-guards')->{verdict}{extent}{rows}, 1000, 'a decoy is not looked at';
}

# A login to whom a policy applies would see a part only.
{
    my $db = copy_of($c, 'intact');
    $c->psql($db, 'CREATE ROLE tenant LOGIN; GRANT USAGE ON SCHEMA auditproof TO tenant; '
        . 'GRANT SELECT ON ALL TABLES IN SCHEMA auditproof, public TO tenant; REVOKE SELECT ON auditproof.entry FROM tenant');
    my $r = $c->run(['auditverify', '-U', 'tenant'], db => $db);
    is $r->{status}, 3, 'a filtering policy: could not tell';
    like $r->{err}, qr/permission denied for view entry.*member of auditproof_auditor/s, 'a filtering policy: says why';
    $c->psql($db, 'GRANT SELECT ON auditproof.entry TO tenant');
    my $v = verify($c, $db, '-U', 'tenant');
    is_deeply [$v->{status}, grep { !/event trigger|grant on (?:schema|table|view) auditproof\S* to tenant$/ } @{$v->{findings}}], [1],
        'the view is not: what is found is that he may read it' or diag explain $v->{findings}, $v->{err};
    is $v->{verdict}{extent}{rows}, 1000, '... and that is everything';
}

done_testing;
