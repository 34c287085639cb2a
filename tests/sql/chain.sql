-- Chaining at commit: numbers, links, hashes, for one row and many, one tenant and several.
BEGIN;
SELECT plan(15);
INSERT INTO audit_logs (organization_id, action, resource_type)
SELECT ('{00000000-0000-4000-8000-00000000000a,00000000-0000-4000-8000-00000000000b,NULL}'::uuid[])[1 + i % 3], 'n' || i, 'x'
  FROM generate_series(1, 300) i;
SELECT is((SELECT count(*)::int FROM auditproof.chain_entry), 0, 'nothing is chained before commit');
SET CONSTRAINTS ALL IMMEDIATE;
SELECT is((SELECT count(*)::int FROM auditproof.chain_entry), 300, 'then everything is');
SELECT is((SELECT count(*)::int FROM auditproof.chain), 3, 'a chain a tenant, one for the system');
SELECT is(chain_faults(), 0::bigint, 'numbers, links and hashes hold');
SET CONSTRAINTS ALL DEFERRED;

SAVEPOINT s;
INSERT INTO audit_logs (organization_id, action, resource_type) VALUES ('00000000-0000-4000-8000-00000000000a', 'no', 'x');
ROLLBACK TO s;
INSERT INTO audit_logs (organization_id, action, resource_type) VALUES ('00000000-0000-4000-8000-00000000000a', 'yes', 'x');
SET CONSTRAINTS ALL IMMEDIATE;
SELECT is((SELECT max(seq) FROM auditproof.chain_entry c WHERE c.chain_id = '00000000-0000-4000-8000-00000000000a'),
    101::bigint, 'what is rolled back leaves no gap');

SET LOCAL TimeZone = 'Asia/Kathmandu';
SET LOCAL DateStyle = 'SQL, DMY';
SET LOCAL extra_float_digits = 0;
INSERT INTO audit_logs (organization_id, action, resource_type, actor_email, ip_address, user_agent, resource_id, old_values,
                        new_values, metadata, created_at) VALUES
    (NULL, e'q"\\\t\u0001\u00e9\u2028', '', '', '10.0.0.0/8', e'\n', gen_random_uuid(), '[1.0, 1.00, 1e2]', 'null', '{"b": {"a": null}}',
     '1969-12-31 23:59:59.999999Z'),
    (NULL, 'a', 'b', NULL, '::1', NULL, NULL, NULL, NULL, NULL, 'infinity'),
    (NULL, 'a', 'b', NULL, '1.2.3.4', NULL, NULL, NULL, NULL, NULL, '-infinity'),
    (NULL, 'a', 'b', NULL, '::ffff:1.2.3.4/96', NULL, NULL, NULL, NULL, NULL, NULL),
    (NULL, 'a', 'b', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '4713-01-01 BC'),
    (NULL, 'a', 'b', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '294276-12-31 23:59:59.999999Z');
SELECT is(chain_faults(), 0::bigint, 'every kind of value hashes alike in both functions, whatever the session''s settings');
SELECT is(auditproof.entry_text(l)::json ->> 3, w.t, 'created_at ' || coalesce(l.created_at::text, 'null'))
  FROM audit_logs l JOIN (VALUES ('infinity'::timestamptz, 'infinity'), ('-infinity', '-infinity'),
                                 ('1969-12-31 23:59:59.999999Z', '-1')) AS w (at, t) ON w.at = l.created_at;
SELECT is(auditproof.entry_text(l)::json ->> 3, NULL, 'no created_at') FROM audit_logs l WHERE l.created_at IS NULL;
SELECT is(
    auditproof.commitment('\x000102030405060708090a0b0c0d0e0f', json_build_array('a'::text, '10.0.0.1'::inet, NULL)),
    sha256('\x02000102030405060708090a0b0c0d0e0f' || convert_to('["a", "10.0.0.1", null]', 'UTF8')), 'a commitment');
SELECT is((SELECT count(DISTINCT chain_salt)::int FROM audit_logs), (SELECT count(*)::int FROM audit_logs),
    'every entry has salts of its own');
SELECT is((SELECT count(*)::int FROM audit_logs WHERE octet_length(chain_salt) <> 48), 0, 'of 48 bytes');
PREPARE without_salt AS INSERT INTO audit_logs (action, resource_type, chain_salt) VALUES ('a', 'b', NULL);
SELECT throws_ok('without_salt', '23502', NULL, 'and none goes without');
ALTER TABLE audit_logs ALTER chain_salt DROP NOT NULL;
SET CONSTRAINTS ALL IMMEDIATE;
SELECT throws_ok('without_salt', '23514', NULL, 'nor where entries are yet to be adopted');
SELECT * FROM finish();
ROLLBACK;
