#!/usr/bin/perl
# auditmigrate install puts back the keys, checks, defaults and NOT NULL of its own tables, or says what forbids it.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use Test::More;

my $c = AuditTest->cluster;
$c->createdb('ok');
my $installed = $c->run(['auditmigrate', 'install', '-q'], db => 'ok');
is $installed->{status}, 0, 'installed' or BAIL_OUT($installed->{err} . $installed->{out});
$c->psql('ok', q{INSERT INTO audit_logs (action, resource_type) SELECT 'a', 'r' FROM generate_series(1, 20)});
$c->psql('ok', 'ALTER EVENT TRIGGER auditproof_ddl DISABLE; ALTER EVENT TRIGGER auditproof_drop DISABLE');
my @on = map { "ALTER EVENT TRIGGER auditproof_$_ ENABLE ALWAYS;" } qw(ddl drop);
my $own = q{k.conrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'auditproof'::regnamespace)
    AND k.contype IN ('p', 'u', 'c', 'f')};
my $all = q{string_agg(format('%s %s %s', k.conrelid::regclass, k.conname, pg_get_constraintdef(k.oid)), E'\n'
    ORDER BY k.conrelid::regclass::text, k.conname)};
my $had = $c->psql('ok', "SELECT $all FROM pg_constraint k WHERE $own");
is scalar(split /\n/, $had), 100, 'the constraints there are';

my $n = 0;

sub broken {
    my ($sql) = @_;
    my $db = 'broken' . ++$n;
    $c->createdb($db, template => 'ok');
    $c->psql($db, "$sql; @on");
    return $db;
}

sub check { return $c->run(['auditmigrate', 'check'], db => $_[0]) }

sub mended {
    my ($name, $sql, $found) = @_;
    my $db = broken($sql);
    my $r = check($db);
    is $r->{status}, 1, "$name: a finding";
    like $r->{out}, $found, '... it' if $found;
    $r = $c->run(['auditmigrate', 'install'], db => $db);
    is $r->{status}, 0, '... mended' or diag $r->{out}, $r->{err};
    unlike $r->{err}, qr/warning/, '... without a warning';
    is $c->psql($db, "SELECT $all FROM pg_constraint k WHERE $own"), $had, '... the constraints are as they were';
    is $c->run(['auditmigrate', 'install'], db => $db)->{out} =~ /^Nothing changed/m, 1, '... and that is all there is to do';
    $c->psql($db, q{INSERT INTO audit_logs (action, resource_type) VALUES ('b', 'r')});
    is $c->run(['auditverify', '-q'], db => $db)->{status}, 0, '... the chain goes on';
    return;
}

my $drop_all = q{DO $$ DECLARE s text; BEGIN
    FOR s IN SELECT format('ALTER TABLE %s DROP CONSTRAINT %I CASCADE', k.conrelid::regclass, k.conname) FROM pg_constraint k
              WHERE } . $own . q{ ORDER BY k.contype = 'p' LOOP EXECUTE s; END LOOP; END $$};
mended('every constraint dropped', $drop_all, qr/constraint chain_entry_pkey/);
mended('every NOT NULL and default dropped', "$drop_all; " . q{DO $$ DECLARE s text; BEGIN
    FOR s IN SELECT format('ALTER TABLE %s ALTER %I DROP NOT NULL, ALTER %2$I DROP DEFAULT', a.attrelid::regclass, a.attname)
               FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
              WHERE c.relnamespace = 'auditproof'::regnamespace AND c.relkind = 'r' AND a.attnum > 0
    LOOP EXECUTE s; END LOOP; END $$}, qr/column auditproof\.chain_entry\.content_hash/);
mended('a key dropped', 'ALTER TABLE auditproof.chain_entry DROP CONSTRAINT chain_entry_chain_id_log_id_key',
    qr/constraint chain_entry_chain_id_log_id_key/);
mended('another index of its name', 'ALTER TABLE auditproof.chain_entry DROP CONSTRAINT chain_entry_chain_id_log_id_key; '
    . 'CREATE INDEX chain_entry_chain_id_log_id_key ON auditproof.chain_entry (chain_id)', qr/chain_entry_chain_id_log_id_key/);
mended('another key', 'ALTER TABLE auditproof.adoption DROP CONSTRAINT adoption_pkey CASCADE; '
    . 'ALTER TABLE auditproof.adoption ADD CONSTRAINT other PRIMARY KEY (chain_id, number, row_count)', qr/adoption_pkey/);
mended('a check of its name', 'ALTER TABLE auditproof.erasure DROP CONSTRAINT erasure_commitment_check; '
    . 'ALTER TABLE auditproof.erasure ADD CONSTRAINT erasure_commitment_check CHECK (true)', qr/erasure_commitment_check/);
mended('a check that is not validated', 'ALTER TABLE auditproof.purge DROP CONSTRAINT purge_entries_check; ALTER TABLE '
    . 'auditproof.purge ADD CONSTRAINT purge_entries_check CHECK (entries >= 0) NOT VALID', qr/NOT VALID/);
mended('a foreign key switched off', 'ALTER TABLE auditproof.adoption_range DISABLE TRIGGER ALL', qr/triggers are disabled/);
mended('an invalid index', q{UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'auditproof.chain_entry_pkey'::regclass},
    qr/usable: no/);

# Rows in the way: the rest is put back, the reason is said, and it stays a finding.
{
    my $db = broken('ALTER TABLE auditproof.chain_entry DROP CONSTRAINT chain_entry_pkey; '
        . 'ALTER TABLE auditproof.chain_entry DROP CONSTRAINT chain_entry_chain_id_log_id_key; '
        . 'ALTER TABLE auditproof.chain_entry ALTER content_hash DROP NOT NULL; '
        . 'ALTER TABLE auditproof.erasure DROP CONSTRAINT erasure_pkey; ALTER TABLE auditproof.chain_entry DISABLE TRIGGER USER; '
        . 'INSERT INTO auditproof.chain_entry SELECT * FROM auditproof.chain_entry WHERE seq = 5; '
        . 'UPDATE auditproof.chain_entry SET content_hash = NULL WHERE seq = 7; ');
    my $r = $c->run(['auditmigrate', 'install'], db => $db);
    is $r->{status}, 1, 'duplicates: installed, with findings' or diag $r->{out}, $r->{err};
    like $r->{err}, qr/warning: constraint \Q$_\E cannot be put back on auditproof\.chain_entry: .*unique index.*auditverify names/,
        "... $_" for qw(chain_entry_pkey chain_entry_chain_id_log_id_key);
    like $r->{err}, qr/warning: NOT NULL cannot be put back on auditproof\.chain_entry: .*content_hash/, '... NOT NULL';
    like $r->{out}, qr/constraint chain_entry_pkey on auditproof\.chain_entry/, '... the finding stays';
    unlike $r->{out}, qr/erasure_pkey|guard: trigger/, '... the others are put back';
    $r = $c->run(['auditverify', '--no-guards'], db => $db);
    like $r->{out}, qr/fork\s+chain .* seq 5 entry/, '... auditverify names the duplicate' or diag $r->{out};
    $c->psql($db, "@on" =~ s/ENABLE ALWAYS/DISABLE/gr . 'SET session_replication_role = replica; ALTER TABLE auditproof.chain_entry DISABLE TRIGGER USER; '
        . 'DELETE FROM auditproof.chain_entry WHERE ctid = (SELECT max(ctid) FROM auditproof.chain_entry WHERE seq = 5); '
        . 'UPDATE auditproof.chain_entry e SET content_hash = auditproof.content_hash(l) FROM audit_logs l '
        . 'WHERE l.id = e.log_id AND e.seq = 7');
    $r = $c->run(['auditmigrate', 'install'], db => $db);
    is $r->{status}, 0, '... and when it is gone, all is put back' or diag $r->{out}, $r->{err};
    is $c->psql($db, "SELECT $all FROM pg_constraint k WHERE $own"), $had, '... as it was';
}

# As the manual has it for a large table.
{
    my $db = broken('ALTER TABLE auditproof.chain_entry DROP CONSTRAINT chain_entry_chain_id_log_id_key');
    $c->psql($db, 'CREATE UNIQUE INDEX CONCURRENTLY k ON auditproof.chain_entry (chain_id, log_id)');
    $c->psql($db, 'ALTER TABLE auditproof.chain_entry ADD CONSTRAINT chain_entry_chain_id_log_id_key UNIQUE USING INDEX k');
    my $r = check($db);
    is $r->{status}, 0, 'a key put back by hand' or diag $r->{out};
}

# What searches need, on a table that is too large to lock: made beside those who write; what was left half-made, anew.
for my $layout ([], ['--partitioned']) {
    next if $ENV{AUDIT_PARTITIONED} && !@$layout;
    my $name = @$layout ? 'indexes of a large table in partitions' : 'indexes of a large table';
    my $db = 'large' . @$layout;
    $c->createdb($db);
    is $c->run(['auditmigrate', 'install', '-q', @$layout], db => $db)->{status}, 0, "$name: installed";
    $c->psql($db, 'ALTER TABLE audit_logs ALTER user_agent SET STORAGE PLAIN');
    $c->psql($db, "INSERT INTO audit_logs (action, resource_type, user_agent, created_at)
        SELECT 'a', 'r', repeat('x', 8000), now() + i % 2 * interval '1 month' FROM generate_series(1, 8300) i");
    my $defs = q{SELECT string_agg(pg_get_indexdef(indexrelid) || indisvalid, E'\n' ORDER BY indexrelid::regclass::text) FROM pg_index
        WHERE indexrelid::regclass::text ~ '^auditproof_(search|session_id|actor_email)$'};
    my $had = $c->psql($db, $defs);
    my $half = @$layout
        ? 'DROP INDEX auditproof_actor_email;
           CREATE INDEX auditproof_actor_email ON ONLY audit_logs (organization_id, actor_email) WHERE octet_length(actor_email) <= 320;
           CREATE INDEX audit_logs_default_actor_email ON audit_logs_default (organization_id, actor_email)
               WHERE octet_length(actor_email) <= 320;'
        : '';
    my $half_made = @$layout ? 'audit_logs_default_actor_email' : 'auditproof_actor_email';
    $c->psql($db, "DROP INDEX auditproof_search; $half UPDATE pg_index SET indisvalid = false WHERE indexrelid = '$half_made'::regclass");
    my $r = check($db);
    is $r->{status}, 1, '... findings';
    like $r->{out}, qr/index public\.auditproof_$_/, "... $_" for qw(search actor_email);
    $r = $c->run(['auditmigrate', 'install'], db => $db);
    is $r->{status}, 0, '... made' or diag $r->{out}, $r->{err};
    like $r->{err}, qr/: CREATE INDEX CONCURRENTLY \w+_search /, '... beside those who write';
    like $r->{err}, qr/: DROP INDEX CONCURRENTLY public\.$half_made\n.*: CREATE INDEX CONCURRENTLY $half_made /, '... one of them anew';
    is $c->psql($db, $defs), $had, '... as they were';
    is $c->run(['auditmigrate', 'install'], db => $db)->{out} =~ /^Nothing changed/m, 1, '... and that is all there is to do';
    next unless @$layout;
    $c->psql($db, q{SELECT auditproof.partition_make('audit_logs', '2020-01-01')});
    is $c->psql($db, q{SELECT count(*) FROM pg_index WHERE indrelid = 'audit_logs_2020_01'::regclass AND indexrelid::regclass::text ~ 'organization_id_(created|actor)|session'}),
        3, '... and a new partition has them' or diag $c->psql($db, q{SELECT indexrelid::regclass FROM pg_index WHERE indrelid = 'audit_logs_2020_01'::regclass});
}

done_testing;
