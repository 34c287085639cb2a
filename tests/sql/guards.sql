-- Nobody changes an entry, nor what is kept about entries; not even who owns the tables.
BEGIN;
SELECT plan(31);
INSERT INTO audit_logs (organization_id, actor_id, action, resource_type, old_values, metadata)
VALUES ('00000000-0000-4000-8000-00000000000a', '00000000-0000-4000-9000-00000000000a', 'a', 'b', '{"a": 1.0}', NULL),
       (NULL, NULL, 'a', 'b', NULL, '{}');
SET CONSTRAINTS ALL IMMEDIATE;

SELECT throws_ok(s.statement, '23001', NULL, s.statement)
  FROM (VALUES ('UPDATE audit_logs SET action = ''x'''), ('UPDATE audit_logs SET action = action'),
               ('UPDATE audit_logs SET actor_id = NULL WHERE actor_id IS NOT NULL'),
               ('UPDATE audit_logs SET old_values = ''{"a": 1.00}'' WHERE old_values IS NOT NULL'),
               ('UPDATE audit_logs SET chain_salt = chain_salt'), ('UPDATE audit_logs SET chain_salt = NULL'),
               ('UPDATE audit_logs SET organization_id = NULL'), ('DELETE FROM audit_logs'),
               ('DELETE FROM audit_logs WHERE organization_id IS NULL'),
               ('TRUNCATE audit_logs'), ('TRUNCATE organizations CASCADE'),
               ('INSERT INTO audit_logs (id, action, resource_type) SELECT l.id, l.action, ''c'' FROM audit_logs l LIMIT 1 '
                'ON CONFLICT (id) DO UPDATE SET action = ''x''')) AS s (statement);
SELECT throws_ok('DELETE FROM organizations', '23001', NULL, 'a tenant inside the window stays');

INSERT INTO auditproof.erasure VALUES (gen_random_uuid(), gen_random_uuid(), 'actor', sha256(''), now(), 'r', gen_random_uuid());
INSERT INTO auditproof.purge VALUES (gen_random_uuid(), gen_random_uuid(), now(), 'r', 1, gen_random_uuid());
INSERT INTO auditproof.purge_range VALUES (gen_random_uuid(), gen_random_uuid(), 1, 1);
INSERT INTO auditproof.migration VALUES (9999, 'test', sha256(''), now(), 'me', '0');
SELECT throws_ok(replace(s.statement, '%', t.name), '23001', NULL, replace(s.statement, '%', t.name))
  FROM (VALUES ('chain', 'chain_id = chain_id'), ('chain_entry', 'seq = seq'), ('erasure', 'reason = reason'),
               ('purge', 'reason = reason'), ('purge_range', 'to_seq = to_seq')) AS t (name, assignment),
       LATERAL (VALUES ('UPDATE auditproof.% SET ' || t.assignment), ('DELETE FROM auditproof.%'),
                       ('TRUNCATE auditproof.%')) AS s (statement);
SELECT throws_ok('UPDATE auditproof.migration SET name = name WHERE number <> 0', '23001', NULL, 'migrations stay');
SELECT throws_ok('DELETE FROM auditproof.migration WHERE number <> 0', '23001', NULL, 'all of them');
SELECT is((SELECT count(*)::int FROM pg_trigger t
            WHERE t.tgname LIKE 'auditproof\_%' AND NOT t.tgisinternal AND t.tgenabled <> 'A'), 0,
    'every trigger of ours fires always');
SELECT * FROM finish();
ROLLBACK;
