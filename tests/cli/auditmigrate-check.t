#!/usr/bin/perl
# auditmigrate check: each drift is named, and nothing else is.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use JSON::PP;
use Test::More;

my $c = AuditTest->cluster;
$c->psql('postgres', 'CREATE ROLE mallory LOGIN');
$c->createdb('ok');
my $installed = $c->run(['auditmigrate', 'install'], db => 'ok');
is $installed->{status}, 0, 'installed' or BAIL_OUT($installed->{err} . $installed->{out});

my @watch = split /\n/, $c->psql('ok', 'SELECT quote_ident(evtname) FROM pg_event_trigger ORDER BY 1');

# A copy of ok, changed as by a superuser who first turns off what would record it, and then turns that on again.
sub tamper {
    my ($db, $sql) = @_;
    my ($off, $on) = map { my $how = $_; join '', map { "ALTER EVENT TRIGGER $_ $how;\n" } @watch } 'DISABLE', 'ENABLE ALWAYS';
    $off = $on = '' if $sql =~ /EVENT TRIGGER/;
    return $c->psql('postgres', "CREATE DATABASE $db TEMPLATE ok;\n\\connect $db\n$off$sql;\n$on");
}

sub check {
    my ($db, @options) = @_;
    return $c->run(['auditmigrate', 'check', '--format=ndjson', @options], db => $db);
}

sub found {
    my ($r) = @_;
    my @all = map { decode_json($_) } split /\n/, $r->{out};
    my $verdict = pop @all;
    my %of;
    push @{$of{$_->{severity}}}, $_->{object} for @all;
    is_deeply [@$verdict{qw(type verdict)}], ['verdict', @{$of{finding} // []} ? 'drifted' : 'as installed'], 'the verdict';
    return (\@all, [sort @{$of{finding} // []}], [sort @{$of{notice} // []}]);
}

# name, what is done, the findings, what one of them says was found, the notices
my @drifts = (
    ['a trigger is disabled', 'ALTER TABLE public.audit_logs DISABLE TRIGGER auditproof_chain',
        ['trigger auditproof_chain on public.audit_logs'], 'enabled: no'],
    ['a trigger is no longer ALWAYS', 'ALTER TABLE public.audit_logs ENABLE TRIGGER auditproof_guard',
        ['trigger auditproof_guard on public.audit_logs'], 'enabled: only outside replica mode'],
    ['all triggers are disabled', 'ALTER TABLE auditproof.chain_entry DISABLE TRIGGER ALL',
        ['trigger auditproof_guard on auditproof.chain_entry', 'trigger auditproof_truncate on auditproof.chain_entry']],
    ['a trigger is dropped', 'DROP TRIGGER auditproof_truncate ON public.audit_logs',
        ['trigger auditproof_truncate on public.audit_logs'], 'absent'],
    ['a trigger of that name does something else',
        'CREATE OR REPLACE TRIGGER auditproof_truncate BEFORE TRUNCATE ON public.audit_logs FOR EACH STATEMENT
         EXECUTE FUNCTION auditproof.guard_entry(); ALTER TABLE public.audit_logs ENABLE ALWAYS TRIGGER auditproof_truncate',
        ['trigger auditproof_truncate on public.audit_logs'],
        'CREATE TRIGGER auditproof_truncate BEFORE TRUNCATE ON public.audit_logs FOR EACH STATEMENT EXECUTE FUNCTION auditproof.guard_entry()'],
    ['somebody else\'s BEFORE INSERT trigger',
        'CREATE FUNCTION public.swallow() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NULL; END$$;
         CREATE TRIGGER a_swallow BEFORE INSERT ON public.audit_logs FOR EACH ROW EXECUTE FUNCTION public.swallow()',
        ['trigger a_swallow on public.audit_logs']],
    ['somebody else\'s AFTER trigger, a notice',
        'CREATE FUNCTION public.tell() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NULL; END$$;
         CREATE TRIGGER tell AFTER INSERT ON public.audit_logs FOR EACH ROW EXECUTE FUNCTION public.tell()',
        [], undef, ['trigger tell on public.audit_logs']],
    ['a rule', 'CREATE RULE hide AS ON INSERT TO public.audit_logs DO INSTEAD NOTHING', ['rule hide on public.audit_logs']],
    ['a rule on a table of ours', 'CREATE RULE hide AS ON INSERT TO auditproof.chain_entry DO INSTEAD NOTHING',
        ['rule hide on auditproof.chain_entry']],
    ['a function\'s body', q{CREATE OR REPLACE FUNCTION auditproof.refuse_change() RETURNS trigger LANGUAGE plpgsql
         SET search_path = pg_catalog, pg_temp AS $$BEGIN RETURN COALESCE(NEW, OLD); END$$},
        ['function auditproof.refuse_change()']],
    ['a function\'s search_path', 'ALTER FUNCTION auditproof.chain_at_commit() SET search_path = public',
        ['function auditproof.chain_at_commit()']],
    ['a function\'s settings', 'ALTER FUNCTION auditproof.chain_at_commit() RESET ALL', ['function auditproof.chain_at_commit()'],
        'settings: none'],
    ['SECURITY INVOKER', 'ALTER FUNCTION auditproof.chain_at_commit() SECURITY INVOKER',
        ['function auditproof.chain_at_commit()'], 'runs as: its caller'],
    ['a function\'s owner', 'ALTER FUNCTION auditproof.chain_at_commit() OWNER TO mallory',
        ['function auditproof.chain_at_commit()'], 'owner: mallory'],
    ['volatility', 'ALTER FUNCTION auditproof.entry_hash(uuid, bigint, timestamptz, bytea, bytea) VOLATILE',
        ['function auditproof.entry_hash(uuid, bigint, timestamp with time zone, bytea, bytea)'], 'volatility: volatile'],
    ['a function too many', q{CREATE FUNCTION auditproof.backdoor() RETURNS int LANGUAGE sql AS 'SELECT 1'},
        ['function auditproof.backdoor()']],
    ['EXECUTE to PUBLIC', 'GRANT EXECUTE ON FUNCTION auditproof.chain_at_commit() TO PUBLIC',
        ['grant on function auditproof.chain_at_commit() to PUBLIC'], 'EXECUTE'],
    ['a grant on audit_logs', 'GRANT UPDATE, TRUNCATE ON public.audit_logs TO service_role',
        ['grant on table public.audit_logs to service_role'], 'TRUNCATE, UPDATE'],
    ['a grant on a column of audit_logs', 'GRANT UPDATE (action) ON public.audit_logs TO mallory',
        ['grant on column public.audit_logs.action to mallory'], 'UPDATE'],
    ['writers choose their salts', 'GRANT INSERT (chain_salt) ON public.audit_logs TO service_role',
        ['grant on column public.audit_logs.chain_salt to service_role'], 'INSERT'],
    ['all of INSERT', 'GRANT INSERT ON public.audit_logs TO service_role', ['grant on table public.audit_logs to service_role'],
        'INSERT'],
    ['reading is the platform\'s business', 'GRANT SELECT ON public.audit_logs TO mallory', []],
    ['the application in our schema', 'GRANT USAGE ON SCHEMA auditproof TO authenticated',
        ['grant on schema auditproof to authenticated'], 'USAGE'],
    ['a grant on a table of ours', 'GRANT INSERT ON auditproof.chain_entry TO mallory',
        ['grant on table auditproof.chain_entry to mallory'], 'INSERT'],
    ['a grant taken away', 'REVOKE SELECT ON auditproof.chain FROM auditproof_auditor',
        ['grant on table auditproof.chain to auditproof_auditor'], 'absent'],
    ['a policy is dropped', 'DROP POLICY "Users can view audit logs in own organization" ON public.audit_logs',
        ['policy "Users can view audit logs in own organization" on public.audit_logs'], 'absent'],
    ['a policy is added', 'CREATE POLICY everyone ON public.audit_logs FOR SELECT USING (true)',
        ['policy everyone on public.audit_logs'], 'SELECT'],
    ['a policy is weakened', 'ALTER POLICY "Users can view audit logs in own organization" ON public.audit_logs USING (true)',
        ['policy "Users can view audit logs in own organization" on public.audit_logs'], 'using: true'],
    ['the platform\'s own, unwrapped form of a policy',
        'ALTER POLICY "Users can view audit logs in own organization" ON public.audit_logs
         USING (organization_id = public.get_user_organization() OR public.is_super_admin())', []],
    ['row security is off', 'ALTER TABLE public.audit_logs DISABLE ROW LEVEL SECURITY', ['table public.audit_logs'],
        'row security: off'],
    ['a column\'s default', 'ALTER TABLE public.audit_logs ALTER chain_salt SET DEFAULT decode(repeat(\'00\', 48), \'hex\')',
        ['column public.audit_logs.chain_salt']],
    ['a column\'s type', 'ALTER TABLE auditproof.purge ALTER reason TYPE varchar(9)', ['column auditproof.purge.reason'],
        'character varying(9)'],
    ['a column loses NOT NULL', 'ALTER TABLE auditproof.chain_entry ALTER content_hash DROP NOT NULL',
        ['column auditproof.chain_entry.content_hash'], 'not null: no'],
    ['a column too many on audit_logs, a notice', 'ALTER TABLE public.audit_logs ADD COLUMN note text', [], undef,
        ['column public.audit_logs.note']],
    ['an index is dropped', 'DROP INDEX public.idx_audit_logs_composite', ['index public.idx_audit_logs_composite'], 'absent'],
    ['an index of the platform\'s', 'DROP INDEX public.idx_invoices_status', ['index public.idx_invoices_status'], 'absent'],
    ['a unique key', 'ALTER TABLE auditproof.chain_entry DROP CONSTRAINT chain_entry_chain_id_log_id_key',
        ['constraint chain_entry_chain_id_log_id_key on auditproof.chain_entry',
            'index auditproof.chain_entry_chain_id_log_id_key']],
    ['an invalid index', q{UPDATE pg_index SET indisvalid = false
         WHERE indexrelid = 'auditproof.chain_entry_pkey'::regclass}, ['index auditproof.chain_entry_pkey'], 'usable: no'],
    ['unlogged', 'ALTER TABLE auditproof.erasure SET UNLOGGED', ['table auditproof.erasure'], 'persistence: unlogged'],
    ['a table\'s owner', 'ALTER TABLE auditproof.chain OWNER TO mallory', ['table auditproof.chain'], 'owner: mallory'],
    ['a table is dropped', 'DROP TABLE auditproof.erasure CASCADE', ['table auditproof.erasure'], 'absent'],
    ['a view in place of the table',
        'ALTER TABLE public.usage_tracking RENAME TO u; CREATE VIEW public.usage_tracking AS SELECT * FROM public.u',
        ['table public.usage_tracking'], 'view'],
    ['a child that hides rows', 'CREATE TABLE public.child () INHERITS (auditproof.chain_entry)', ['table public.child'],
        'inherits from auditproof.chain_entry'],
    ['replica mode for a database', 'DO $$BEGIN EXECUTE format(\'ALTER DATABASE %I SET session_replication_role = replica\', current_database()); END$$',
        undef, 'session_replication_role=replica'],
    ['a foreign key\'s triggers', 'ALTER TABLE public.audit_logs DISABLE TRIGGER ALL', undef],
    ['an event trigger is disabled', 'ALTER EVENT TRIGGER ' . $watch[0] . ' DISABLE',
        ['event trigger ' . $watch[0]], 'enabled: no'],
    ['an event trigger is dropped', 'DROP EVENT TRIGGER ' . $watch[0],
        ['event trigger ' . $watch[0]], 'absent'],
    ['an event trigger is dropped, and the installer renamed', "DROP EVENT TRIGGER $watch[0];
         UPDATE auditproof.migration SET applied_by = 'mallory' WHERE number = 0", ["event trigger $watch[0]"], 'absent'],
    ['capture is switched off', q{SELECT auditproof.capture_attach('public.invoices');
         ALTER TABLE public.invoices DISABLE TRIGGER auditproof_capture},
        ['capture trigger auditproof_capture on public.invoices'], 'not enabled always'],
    ['a captured table is as it should be', q{SELECT auditproof.capture_attach('public.invoices')}, []],
    ['a migration\'s record', q{ALTER TABLE auditproof.migration DISABLE TRIGGER USER;
         UPDATE auditproof.migration SET sha256 = '\x00' WHERE number = 1;
         ALTER TABLE auditproof.migration ENABLE ALWAYS TRIGGER auditproof_guard;
         ALTER TABLE auditproof.migration ENABLE ALWAYS TRIGGER auditproof_truncate},
        ['migration 1 (0001_auditproof)'], '00'],
    ['an older version', q{UPDATE auditproof.migration SET version = '0.0.1' WHERE number = 0}, ['installed version'], '0.0.1'],
    ['the platform\'s own changes, notices', q{ALTER TABLE public.invoices ALTER currency SET DEFAULT 'eur';
         ALTER TABLE public.invoices ADD COLUMN extra text; CREATE INDEX mine ON public.invoices (extra);
         CREATE POLICY mine ON public.invoices USING (true)}, [], undef, ['column public.invoices.currency']],
);

my $count = 0;
for my $drift (@drifts) {
    my ($name, $sql, $findings, $says, $notices) = @$drift;
    my $db = 'drift' . ++$count;
    tamper($db, $sql);
    my $r = check($db);
    my ($all, $got, $got_notices) = found($r);
    subtest $name => sub {
        if (defined $findings) {
            is_deeply $got, [sort @$findings], 'the findings' or diag explain $all;
        } else {
            cmp_ok scalar(@$got), '>=', 1, 'findings';
        }
        is_deeply $got_notices, $notices // [], 'the notices' or diag explain $all;
        is $r->{status}, @$got ? 1 : 0, 'the exit status';
        ok((grep { index($_->{found}, $says) >= 0 } @$all), "says what it found: $says") or diag explain $all
            if defined $says;
        ok !(grep { $_->{kind} ne 'guard' } @$all), 'all of kind guard';
    };
}

subtest 'roles, which all databases share' => sub {
    my @cases = (
        ['ALTER ROLE auditproof_owner LOGIN', 'ALTER ROLE auditproof_owner NOLOGIN', 'role auditproof_owner'],
        ['GRANT auditproof_owner TO service_role', 'REVOKE auditproof_owner FROM service_role',
            'membership of service_role in auditproof_owner'],
        ['GRANT SET ON PARAMETER session_replication_role TO mallory',
            'REVOKE SET ON PARAMETER session_replication_role FROM mallory',
            'grant on setting session_replication_role to mallory'],
        ['ALTER ROLE mallory SET session_replication_role = replica', 'ALTER ROLE mallory RESET session_replication_role',
            'setting session_replication_role of role mallory'],
    );
    for my $case (@cases) {
        $c->psql('postgres', $case->[0]);
        my (undef, $got) = found(check('ok'));
        is_deeply $got, [$case->[2]], $case->[2];
        $c->psql('postgres', $case->[1]);
    }
    $c->psql('postgres', 'ALTER ROLE mallory BYPASSRLS');
    my ($all, $got, $notices) = found(check('ok'));
    is_deeply [$got, $notices], [[], ['role mallory']], 'who bypasses row security is worth a notice';
    $c->psql('postgres', 'ALTER ROLE mallory NOBYPASSRLS');
};

subtest 'who may check, and how' => sub {
    like check('ok')->{out}, qr/\A\{"type":"verdict","verdict":"as installed"[^\n]*\n\z/, 'nothing found';
    $c->psql('postgres', 'CREATE ROLE ada LOGIN; GRANT auditproof_auditor TO ada');
    my $r = $c->run(['auditmigrate', 'check', '-U', 'ada'], db => 'ok');
    is $r->{status}, 0, 'an auditor' or diag $r->{err};
    like $r->{out}, qr/^Every object is as auditproof \S+ installs it \(0 notices\)\.$/m;
    $r = $c->run(['auditmigrate', 'check', '-U', 'mallory'], db => 'ok');
    is $r->{status}, 3, 'others cannot tell';
    $r = $c->run(['auditmigrate', 'check', '-U', 'mallory', '--format=json'], db => 'ok');
    is decode_json($r->{out})->{verdict}, 'unknown', 'and say so in JSON';
    tamper('drift', 'DROP INDEX public.idx_invoices_status');
    is check('drift', '--audit-only')->{status}, 0, '--audit-only leaves the platform out';
    $r = $c->run(['auditmigrate', 'check', '--format=json'], db => 'drift');
    is $r->{status}, 1, 'the same status in JSON';
    my $json = decode_json($r->{out});
    is_deeply [$json->{verdict}, $json->{findings_total}, $json->{findings}[0]{object}],
        ['drifted', 1, 'index public.idx_invoices_status'], 'JSON';
    $r = $c->run(['auditmigrate', 'check'], db => 'drift');
    is $r->{status}, 1, 'and in text';
    like $r->{out}, qr/^guard: index public\.idx_invoices_status\n  expected: CREATE INDEX .*\n  found:    absent$/m;
    $r = $c->run(['auditmigrate', 'check'], db => 'ok', env => {PGOPTIONS => '-c default_transaction_read_only=on'});
    is $r->{status}, 0, 'only reads';
    # names that a hostile schema would like to be found first
    tamper('hostile', q{CREATE SCHEMA evil; CREATE VIEW evil.pg_class AS SELECT * FROM pg_catalog.pg_class WHERE false;
        ALTER DATABASE hostile SET search_path = evil, pg_catalog});
    is check('hostile')->{status}, 0, 'a hostile search_path changes nothing';
};

done_testing;
