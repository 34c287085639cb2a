-- Who may do what, besides the application.
BEGIN;
SELECT plan(25);
INSERT INTO audit_logs (organization_id, action, resource_type)
VALUES ('00000000-0000-4000-8000-00000000000a', 'a', 'b'), (NULL, 'a', 'b');
SET CONSTRAINTS ALL IMMEDIATE;
SELECT is(as_role('auditproof_auditor', NULL, q.statement), q.expected, 'auditor: ' || q.statement)
  FROM (VALUES ('SELECT count(*) FROM audit_logs', '2'), ('SELECT count(*) FROM auditproof.entry', '2'),
               ('SELECT count(*) FROM auditproof.chain_entry', '2'), ('SELECT count(*) FROM auditproof.erasure', '0'),
               ('SELECT count(*) FROM auditproof.purge_range', '0'),
               ('SELECT octet_length(auditproof.content_hash(l)) FROM audit_logs l LIMIT 1', '32'),
               ('INSERT INTO audit_logs (action, resource_type) VALUES (''a'', ''b'')', '42501'),
               ('UPDATE audit_logs SET action = ''x''', '42501'), ('DELETE FROM auditproof.entry', '42501'),
               ('INSERT INTO auditproof.chain VALUES (gen_random_uuid())', '42501'),
               ('SELECT auditproof.append(gen_random_uuid(), gen_random_uuid(), ''\x'')', '42501')) AS q (statement, expected);
SELECT is(as_role('auditproof_writer', NULL, q.statement), q.expected, 'writer: ' || q.statement)
  FROM (VALUES ('INSERT INTO audit_logs (action, resource_type) VALUES (''a'', ''b'')', 'done'),
               ('INSERT INTO audit_logs (organization_id, action, resource_type) VALUES '
                '(''00000000-0000-4000-8000-00000000000b'', ''a'', ''b'') RETURNING organization_id',
                '00000000-0000-4000-8000-00000000000b'),
               ('SELECT count(id) FROM audit_logs', '4'), ('SELECT old_values FROM audit_logs', '42501'),
               ('SELECT max(seq) FROM auditproof.chain_entry', '2'), ('DELETE FROM audit_logs', '42501'),
               ('INSERT INTO auditproof.chain_entry SELECT * FROM auditproof.chain_entry', '42501')) AS q (statement, expected);
SET LOCAL row_security = off;
SELECT is(as_role('auditproof_auditor', NULL, 'SELECT count(*) FROM audit_logs'), '4',
    'installed by a superuser, the auditor''s role is exempt from policies');
SET LOCAL row_security = on;
SELECT is((SELECT count(*)::int FROM pg_roles WHERE rolname LIKE 'auditproof\_%' AND (rolcanlogin OR rolsuper)), 0,
    'nobody logs in as a role of ours');
SELECT is((SELECT count(*)::int FROM pg_class c, aclexplode(c.relacl) a
            WHERE c.oid = 'audit_logs'::regclass AND a.grantee <> c.relowner AND a.privilege_type <> 'SELECT'
              AND NOT (a.grantee = 'auditproof_owner'::regrole AND a.privilege_type IN ('UPDATE', 'DELETE'))), 0,
    'nobody but the owner, and our functions, has more than SELECT on the table as a whole');
SELECT is((SELECT count(*)::int FROM pg_class c, aclexplode(c.relacl) a
            WHERE c.relnamespace = 'auditproof'::regnamespace AND a.grantee <> c.relowner AND a.privilege_type <> 'SELECT'),
    0, 'nobody but the owner writes in auditproof');
SELECT is((SELECT count(*)::int FROM pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
            WHERE p.pronamespace = 'auditproof'::regnamespace AND a.grantee = 0), 0, 'PUBLIC executes nothing of ours');
SELECT is((SELECT count(*)::int FROM pg_proc p WHERE p.pronamespace = 'auditproof'::regnamespace
              AND NOT EXISTS (SELECT FROM unnest(p.proconfig) s WHERE s ~ '^search_path=.*pg_temp"?$')), 0,
    'every function''s search_path is pinned, pg_temp last');
SELECT is((SELECT count(*)::int FROM pg_class c WHERE c.relnamespace = 'auditproof'::regnamespace AND c.relkind = 'r'
              AND c.relowner <> 'auditproof_owner'::regrole), 0, 'tables belong to auditproof_owner');
SELECT * FROM finish();
ROLLBACK;
