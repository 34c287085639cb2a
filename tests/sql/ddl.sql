-- DDL on the audit trail, where event triggers could be installed.
BEGIN;
SELECT plan(19);
SELECT throws_ok(s.statement, '23001', NULL, s.statement)
  FROM (VALUES ('DROP TABLE audit_logs CASCADE'), ('DROP TABLE auditproof.chain_entry CASCADE'),
               ('DROP SCHEMA auditproof CASCADE'), ('DROP OWNED BY auditproof_owner CASCADE'),
               ('DROP SCHEMA auditproof, tap CASCADE'),
               ('ALTER TABLE audit_logs DROP COLUMN user_agent CASCADE'),
               ('ALTER TABLE audit_logs ADD COLUMN r double precision DEFAULT random()'),
               ('DO $d$ BEGIN DROP VIEW auditproof.entry, auditproof.entry_risk; ALTER TABLE audit_logs ALTER action TYPE text USING ''x''; END $d$')
       ) AS s (statement);
SELECT is((SELECT count(*)::int FROM audit_logs), 0, 'what is refused leaves nothing behind');
SELECT lives_ok('ALTER TABLE audit_logs ADD COLUMN extra text', 'a migration of the platform''s works');
SELECT lives_ok('ALTER TABLE audit_logs ADD COLUMN more text', 'in several steps');
SELECT is((SELECT string_agg(r, ', ' ORDER BY r)
             FROM unnest(ARRAY['anon', 'authenticated', 'service_role', 'auditproof_auditor']) AS r
            WHERE has_column_privilege(r, 'public.audit_logs', 'extra', 'INSERT')
              AND has_column_privilege(r, 'public.audit_logs', 'more', 'INSERT')),
    'anon, authenticated, service_role', 'and who may insert the other columns may insert the new ones');
SELECT lives_ok('ALTER TABLE audit_logs DISABLE TRIGGER auditproof_chain; ALTER TABLE audit_logs DISABLE TRIGGER auditproof_guard',
    'a guard can be switched off by who may');
SELECT lives_ok('ALTER TABLE audit_logs ENABLE ALWAYS TRIGGER auditproof_chain, ENABLE ALWAYS TRIGGER auditproof_guard', 'and on');
SELECT lives_ok($$CREATE OR REPLACE FUNCTION auditproof.chain_of(organization_id uuid) RETURNS uuid LANGUAGE sql IMMUTABLE
    SET search_path = pg_catalog, pg_temp AS 'SELECT organization_id'; DROP POLICY "System can insert audit logs" ON audit_logs;
    CREATE TABLE elsewhere (i int); CREATE INDEX ON elsewhere (i); DROP TABLE elsewhere;
    CREATE TEMP TABLE audit_logs (i int); DROP TABLE pg_temp.audit_logs;
    ALTER FUNCTION public.auditproof_refuse_drop() COST 99$$, 'as can functions and policies');
SELECT results_eq($$SELECT l.metadata ->> 'command' FROM public.audit_logs l JOIN auditproof.chain_entry c ON c.log_id = l.id
     WHERE l.action = 'audit.schema_changed' AND l.risk_level = 'critical' AND l.organization_id IS NULL ORDER BY c.seq$$,
    ARRAY['ALTER TABLE', 'ALTER TABLE', 'ALTER TABLE', 'ALTER TABLE', 'ALTER TABLE', 'CREATE FUNCTION', 'DROP POLICY', 'ALTER FUNCTION'],
    'each is a critical entry, in order, chained though the trigger was off');
SELECT is((SELECT count(*)::int FROM public.audit_logs WHERE metadata ->> 'login' = session_user), 8, 'with who did it');
SELECT is((SELECT string_agg(evtenabled::text, '') FROM pg_event_trigger WHERE evtname LIKE 'auditproof\_%'), 'AAAAA',
    'the event triggers fire always');
ALTER EVENT TRIGGER auditproof_schema DISABLE;
SELECT lives_ok('DROP SCHEMA auditproof CASCADE', 'who must can, having said so first');
SELECT * FROM finish();
ROLLBACK;
