#!/usr/bin/perl
# A superuser who keeps every link right: with the clock, with indexes, and with what the server believes.
use strict;
use warnings;
use lib 'tests/lib';
use AuditTest;
use TamperTest;
use Test::More;

my $c = AuditTest->cluster;
entries($c, 'intact');
my $system = q{'00000000-0000-0000-0000-000000000000'};

# The chained entry at $when that authorises a purge of T2's entry 101, well linked, at the head of the system chain.
sub purged_at {
    my ($when) = @_;
    return qq{INSERT INTO audit_logs (id, action, resource_type, resource_id, metadata)
        VALUES (e(2000), 'audit.entries_purged', 'organizations', t(2), jsonb_build_object('purge_id', e(1), 'entries', 1));
    INSERT INTO auditproof.chain_entry
        SELECT c.chain_id, c.seq + 1, e(2000), $when, h.hash,
               auditproof.entry_hash(c.chain_id, c.seq + 1, $when, c.entry_hash, h.hash)
        FROM auditproof.chain_entry c, (SELECT auditproof.content_hash(l) FROM audit_logs l WHERE id = e(2000)) AS h (hash)
        WHERE c.chain_id = $system ORDER BY c.seq DESC LIMIT 1;
    DELETE FROM audit_logs WHERE id = e(402);
    INSERT INTO auditproof.purge VALUES (t(2), e(1), $when, 'forged', 1, e(2000));
    INSERT INTO auditproof.purge_range VALUES (t(2), e(1), 101, 101)};
}

tampered($c, 'intact', 'a purge in the future', purged_at(q{(now() + interval '8 years')}),
    'early-purge T2 101 e402', 'purge T2 101', 'clock T0 251 e2000');
tampered($c, 'intact', 'an entry recorded in the future', qq{UPDATE auditproof.chain_entry
    SET recorded_at = now() + interval '1 hour' WHERE chain_id = t(3) AND seq = 250; SELECT rebuild(t(3), 250)},
    'clock T3 250 e999');

# Whoever may insert can write what looks like an authority; it hides no content.
$c->createdb('claimed', template => 'intact');
$c->psql('claimed', q{SET ROLE authenticated; INSERT INTO audit_logs (id, organization_id, action, resource_type, metadata)
    VALUES (e(2000), t(2), 'audit.account_erased', 'auth.users', '{"group": "content", "entries": 1}')});
tampered($c, 'claimed', 'content erased on what a tenant wrote', q{INSERT INTO auditproof.erasure
    SELECT t(2), id, 'content', auditproof.commitment(substr(chain_salt, 33, 16), auditproof.content_fields(l)), now(),
           'forged', e(2000) FROM audit_logs l WHERE id = e(402);
    UPDATE audit_logs SET resource_id = NULL, old_values = NULL, new_values = NULL, metadata = NULL,
        chain_salt = overlay(chain_salt PLACING decode(repeat('00', 16), 'hex') FROM 33) WHERE id = e(402)},
    'erasure T2 e402 group content');

# An index that does not have every row, in a database whose settings make the planner prefer it.
my $hidden = q{UPDATE pg_index SET indisready = false WHERE indexrelid IN ('idx_audit_logs_organization_id'::regclass,
        'idx_audit_logs_composite'::regclass);
    INSERT INTO audit_logs (id, organization_id, action, resource_type) VALUES (e(2000), t(2), 'x', 'y');
    UPDATE pg_index SET indisready = true WHERE NOT indisready;
    DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET enable_seqscan = off', current_database());
        EXECUTE format('ALTER DATABASE %I SET enable_sort = off', current_database()); END $$};
tampered($c, 'intact', {args => ['--org=22222222-0000-4000-8000-000000000000']}, 'a row that indexes do not have', $hidden,
    'unchained T2 e2000');

# A constraint that says that there is nothing to be found, and a planner that believes it.
my $excluded = q{INSERT INTO audit_logs (id, organization_id, action, resource_type) VALUES (e(2000), t(2), 'x', 'y');
    ALTER TABLE audit_logs ADD CONSTRAINT lie CHECK (organization_id <> '22222222-0000-4000-8000-000000000000') NOT VALID;
    UPDATE pg_constraint SET convalidated = true WHERE conname = 'lie';
    DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET constraint_exclusion = on', current_database()); END $$};
tampered($c, 'intact', {args => ['--org=22222222-0000-4000-8000-000000000000']}, 'a constraint that lies', $excluded,
    'unchained T2 e2000');

done_testing;
