-- Nobody changes an entry, nor what is kept about entries; not even who owns the tables.
BEGIN;
SELECT plan(61);
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

-- An adoption goes its course, and its record with it; nothing else happens to it.
CREATE FUNCTION pg_temp.try(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE statement;
    RETURN 'done';
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE;
END
$$;
SELECT is(pg_temp.try(replace(replace(replace(s.statement, 'RANGE', 'auditproof.adoption_range'),
                                      'ADOPTION', 'auditproof.adoption'), 'ID', quote_literal(ids.id))),
          s.wanted, s.statement)
  FROM (VALUES
    (1, 'INSERT INTO ADOPTION (chain_id, number, row_count, adopted_count) VALUES (ID, 1, 3, 1)', '23001'),
    (2, 'INSERT INTO ADOPTION (chain_id, number, row_count, started_log_id) VALUES (ID, 1, 3, ID)', '23001'),
    (3, 'INSERT INTO ADOPTION (chain_id, number, row_count) VALUES (ID, 1, 3), (ID, 2, 3)', 'done'),
    (4, 'UPDATE ADOPTION SET adopted_count = 1 WHERE number = 1', '23001'),
    (5, 'UPDATE ADOPTION SET row_count = 4 WHERE number = 1', '23001'),
    (6, 'INSERT INTO RANGE VALUES (ID, 5, 6, 1)', '23001'),
    (7, 'DELETE FROM ADOPTION WHERE number = 2', 'done'),
    (8, 'UPDATE ADOPTION SET started_log_id = ID, started_at = now()', 'done'),
    (9, 'UPDATE ADOPTION SET started_at = now() + interval ''1 s''', '23001'),
    (10, 'UPDATE ADOPTION SET adopted_count = 3', 'done'),
    (11, 'UPDATE ADOPTION SET adopted_count = 2', '23001'),
    (12, 'DELETE FROM ADOPTION', '23001'),
    (13, 'INSERT INTO RANGE VALUES (ID, 5, 6, 1)', 'done'),
    (14, 'UPDATE RANGE SET last_seq = 7', 'done'),
    (15, 'UPDATE RANGE SET last_seq = 6', '23001'),
    (16, 'UPDATE RANGE SET first_seq = 4', '23001'),
    (17, 'UPDATE RANGE SET last_seq = last_seq', '23001'),
    (18, 'INSERT INTO RANGE VALUES (ID, 7, 7, 1)', '23001'),
    (19, 'INSERT INTO RANGE VALUES (ID, 9, 9, 1)', 'done'),
    (20, 'UPDATE RANGE SET last_seq = 8 WHERE first_seq = 5', '23001'),
    (21, 'DELETE FROM RANGE', '23001'),
    (22, 'TRUNCATE RANGE', '23001'),
    (23, 'TRUNCATE ADOPTION CASCADE', '23001'),
    (24, 'UPDATE ADOPTION SET finished_log_id = ID, adopted_count = 4', '23001'),
    (25, 'UPDATE ADOPTION SET finished_log_id = ID', 'done'),
    (26, 'UPDATE ADOPTION SET adopted_count = 4', '23001'),
    (27, 'UPDATE ADOPTION SET finished_log_id = NULL', '23001'),
    (28, 'UPDATE ADOPTION SET number = number', '23001'),
    (29, 'UPDATE RANGE SET last_seq = 10 WHERE first_seq = 9', '23001'),
    (30, 'INSERT INTO RANGE VALUES (ID, 20, 20, 1)', '23001')) AS s (place, statement, wanted),
       (VALUES ('00000000-0000-4000-8000-0000000000ff')) AS ids (id)
 ORDER BY s.place;
SELECT is((SELECT count(*)::int FROM pg_trigger t
            WHERE t.tgname LIKE 'auditproof\_%' AND NOT t.tgisinternal AND t.tgenabled <> 'A'), 0,
    'every trigger of ours fires always');
SELECT * FROM finish();
ROLLBACK;
