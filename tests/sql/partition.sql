-- Partitions: chained and guarded like the table, by whatever way they are reached.
BEGIN;
SELECT plan(18);
INSERT INTO audit_logs (organization_id, actor_id, action, resource_type, created_at)
SELECT '00000000-0000-4000-8000-00000000000a', '00000000-0000-4000-9000-00000000000a', 'a', 'b', t
  FROM unnest('{2020-01-01 00:00Z,2026-06-01 00:00Z}'::timestamptz[]) t;
INSERT INTO audit_logs_old (action, resource_type, created_at) VALUES ('direct', 'b', '2021-01-01'), ('direct', 'b', '-infinity');
SET CONSTRAINTS ALL IMMEDIATE;
SELECT is(chain_faults(), 0::bigint, 'entries in all partitions are chained, also those inserted into one directly');
SELECT is((SELECT count(*)::int FROM auditproof.chain_entry), 4, 'all four');
SELECT throws_ok(s.statement, '23001', NULL, s.statement)
  FROM (VALUES ('UPDATE audit_logs SET action = ''x'''), ('UPDATE audit_logs_old SET action = ''x'''),
               ('UPDATE audit_logs SET created_at = ''2026-02-01'' WHERE created_at = ''2020-01-01 00:00Z'''),
               ('DELETE FROM audit_logs'), ('DELETE FROM audit_logs_new'), ('TRUNCATE audit_logs'),
               ('TRUNCATE audit_logs_old')) AS s (statement);
SELECT is(as_role('service_role', NULL, 'SELECT count(*) FROM audit_logs_old'), '42501',
    'nobody reaches into a partition past the table''s policies');
SELECT is(as_role('authenticated', '00000000-0000-4000-9000-00000000000a', 'SELECT count(*) FROM audit_logs'), '2',
    'through the table a tenant sees its own');
SELECT is((SELECT count(*)::int FROM pg_class c JOIN pg_inherits i ON i.inhrelid = c.oid
            WHERE i.inhparent = 'audit_logs'::regclass AND c.relkind = 'r' AND c.relrowsecurity), 2,
    'row level security is on for each');
SET CONSTRAINTS ALL DEFERRED;
SELECT lives_ok($$DELETE FROM auth.users WHERE id = '00000000-0000-4000-9000-00000000000a'$$, 'an account goes');
SET CONSTRAINTS ALL IMMEDIATE;
SELECT is((SELECT count(*)::int FROM auditproof.erasure), 2, 'its commitments are kept');
SELECT is(chain_faults(), 0::bigint, 'and all verifies');
SELECT throws_ok('ALTER TABLE audit_logs DETACH PARTITION audit_logs_new', '23001', NULL, 'a partition with rows cannot leave');
SELECT throws_ok('ALTER TABLE audit_logs DETACH PARTITION audit_logs_old', '23001', NULL, 'whichever');
SELECT is((SELECT count(*)::int FROM audit_logs WHERE action = 'audit.schema_changed'), 0, 'and nothing is told of what was not done');
SELECT * FROM finish();
ROLLBACK;
