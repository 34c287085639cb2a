-- The application's way in: it names some columns, knows nothing of the chain, and gets nowhere else.
BEGIN;
SELECT plan(39);
\set ann '\'00000000-0000-4000-9000-00000000000a\''
\set root '\'00000000-0000-4000-9000-00000000000c\''

SELECT is(as_role('authenticated', :ann, $$INSERT INTO audit_logs (organization_id, actor_id, action, resource_type,
    resource_id, risk_level, metadata) VALUES ('00000000-0000-4000-8000-00000000000a',
    '00000000-0000-4000-9000-00000000000a', 'LOGIN', 'session', NULL, 'low', '{"ip": 1}')$$), 'done',
    'authenticated inserts, naming some columns');
SELECT is(as_role('service_role', NULL, $$INSERT INTO audit_logs (organization_id, action, resource_type)
    VALUES ('00000000-0000-4000-8000-00000000000b', 'mfa_backup_code_used', 'user')$$), 'done', 'service_role inserts');
SELECT is(as_role('service_role', NULL, $$INSERT INTO audit_logs (action, resource_type) VALUES ('x', 'y')$$), 'done',
    'an entry of the system needs no tenant');
SELECT is(as_role('authenticated', :ann, $$INSERT INTO audit_logs (organization_id, action, resource_type)
    VALUES ('00000000-0000-4000-8000-00000000000a', 'a', 'b') RETURNING action$$), 'a', 'RETURNING a column');
SELECT matches(as_role('authenticated', :ann, $$WITH i AS (INSERT INTO audit_logs (organization_id, action, resource_type)
    VALUES ('00000000-0000-4000-8000-00000000000a', 'a', 'b') RETURNING *) SELECT i.id FROM i$$), '^[0-9a-f]{8}-',
    'RETURNING *');
SELECT matches(as_role('service_role', NULL, $$WITH i AS (INSERT INTO audit_logs (organization_id, action, resource_type)
    VALUES ('00000000-0000-4000-8000-00000000000b', 'a', 'b') RETURNING *) SELECT i.id FROM i$$), '^[0-9a-f]{8}-',
    'RETURNING * as service_role');
SELECT is(as_role('authenticated', :ann, $$INSERT INTO audit_logs VALUES (gen_random_uuid(),
    '00000000-0000-4000-8000-00000000000a', NULL, NULL, NULL, 'positional', 'b')$$), 'done', 'no column list at all');
SELECT is(as_role('authenticated', :ann, $$INSERT INTO audit_logs (action, resource_type, chain_salt)
    VALUES ('a', 'b', decode(repeat('00', 48), 'hex'))$$), '42501', 'nobody chooses a salt');
SELECT is(as_role('service_role', NULL, $$INSERT INTO audit_logs (action, resource_type, chain_salt)
    VALUES ('a', 'b', decode(repeat('00', 48), 'hex'))$$), '42501', 'nor does service_role');
SELECT is(as_role('service_role', NULL, $$INSERT INTO audit_logs (action, resource_type, risk_level)
    VALUES ('a', 'b', 'none')$$), '23514', 'the platform''s check holds');
SELECT is(tap.chain_faults(), 0::bigint, 'all of it is chained');

SELECT is(as_role(r.role, :ann, s.statement), '42501', r.role || ' may not: ' || s.statement)
  FROM (VALUES ('authenticated'), ('service_role')) AS r (role),
       (VALUES ('UPDATE audit_logs SET action = ''x'''), ('DELETE FROM audit_logs'), ('TRUNCATE audit_logs'),
               ('SELECT id FROM audit_logs FOR UPDATE'), ('SELECT seq FROM auditproof.chain_entry'),
               ('INSERT INTO auditproof.chain VALUES (gen_random_uuid())'), ('DELETE FROM auditproof.chain_entry'),
               ('SELECT id FROM auditproof.entry'),
               ('SELECT auditproof.append(gen_random_uuid(), gen_random_uuid(), ''\x'')')) AS s (statement);
SELECT is(as_role('anon', NULL, 'SELECT chain_id FROM auditproof.chain'), '42501', 'anon sees nothing of auditproof');

SELECT is(as_role('authenticated', :ann, 'SELECT count(DISTINCT organization_id) || '' '' || min(organization_id::text)
    FROM audit_logs'), '1 00000000-0000-4000-8000-00000000000a', 'a tenant sees its own only');
SELECT is(as_role('authenticated', :root, 'SELECT count(*) FROM audit_logs'), (SELECT count(*)::text FROM audit_logs),
    'a super admin sees all');
SELECT is(as_role('anon', NULL, 'SELECT count(*) FROM audit_logs'), '0', 'a stranger sees none');
SELECT is(as_role('service_role', NULL, 'SELECT count(*) FROM audit_logs'), (SELECT count(*)::text FROM audit_logs),
    'service_role sees all');
SELECT is(as_role('authenticated', :ann, 'SELECT count(*) FROM audit_logs WHERE organization_id <>
    ''00000000-0000-4000-8000-00000000000a'' OR organization_id IS NULL'), '0', 'and asking for others'' gives nothing');
-- An id that another tenant has used fails on the platform's own key, in words that tell nothing of it.
INSERT INTO audit_logs (id, organization_id, action, resource_type)
VALUES ('00000000-0000-4000-a000-00000000000b', '00000000-0000-4000-8000-00000000000b', 'a', 'b');
SELECT is(refusal(r.role, :ann, $$INSERT INTO audit_logs (id, organization_id, action, resource_type)
    VALUES ('00000000-0000-4000-a000-00000000000b', '00000000-0000-4000-8000-00000000000a', 'a', 'b')$$), r.said,
    'another tenant''s id, tried by ' || r.role)
  FROM (VALUES ('authenticated', '23505: duplicate key value violates unique constraint "audit_logs_pkey"'),
               ('anon', '23505: duplicate key value violates unique constraint "audit_logs_pkey"')) AS r (role, said);
SELECT is((SELECT count(*)::int FROM information_schema.columns c
            WHERE c.table_schema = 'public' AND c.column_name IN ('seq', 'chain_id', 'entry_hash')), 0,
    'no seq, chain or hash stands where a tenant can read');
SELECT is((SELECT count(*)::int FROM pg_proc p
            WHERE p.pronamespace = 'auditproof'::regnamespace AND has_function_privilege('authenticated', p.oid, 'EXECUTE')),
    0, 'authenticated may execute none of our functions');
SELECT * FROM finish();
ROLLBACK;
