-- auth.users ... ON DELETE SET NULL: works, erases the account, leaves entries that verify, and is told.
BEGIN;
SELECT plan(17);
INSERT INTO audit_logs (organization_id, actor_id, actor_email, action, resource_type)
SELECT o::uuid, '00000000-0000-4000-9000-00000000000b', 'bob@bolt.test', 'x', 'y'
  FROM unnest('{00000000-0000-4000-8000-00000000000a,00000000-0000-4000-8000-00000000000b,NULL}'::text[]) o,
       generate_series(1, 2);
INSERT INTO audit_logs (organization_id, actor_id, action, resource_type)
VALUES ('00000000-0000-4000-8000-00000000000a', '00000000-0000-4000-9000-00000000000a', 'ann', 'y');
SET CONSTRAINTS ALL IMMEDIATE;
SET CONSTRAINTS ALL DEFERRED;
-- One more, written by the very transaction that deletes the account: chained afterwards.
INSERT INTO audit_logs (organization_id, actor_id, action, resource_type)
VALUES ('00000000-0000-4000-8000-00000000000b', '00000000-0000-4000-9000-00000000000b', 'late', 'y');
CREATE TEMP TABLE before AS SELECT l.*, auditproof.entry_text(l) AS entry_text FROM audit_logs l;

SELECT lives_ok($$DELETE FROM auth.users WHERE id = '00000000-0000-4000-9000-00000000000b'$$, 'the account goes');
SELECT is((SELECT count(*)::int FROM audit_logs WHERE actor_id = '00000000-0000-4000-9000-00000000000b'), 0,
    'no entry names it');
SELECT is((SELECT count(*)::int FROM audit_logs WHERE action IN ('x', 'late')), 7, 'no entry is gone');
SELECT is((SELECT count(*)::int FROM audit_logs
            WHERE action IN ('x', 'late') AND substr(chain_salt, 1, 16) = decode(repeat('00', 16), 'hex')), 7,
    'its salts are gone');
SELECT is((SELECT count(*)::int FROM audit_logs l JOIN before b USING (id)
            WHERE substr(l.chain_salt, 17) <> substr(b.chain_salt, 17)), 0, 'the other salts are as they were');
SELECT is((SELECT count(*)::int FROM auditproof.erasure WHERE "group" = 'account'), 7, 'the commitments are kept');
SELECT is((SELECT count(*)::int FROM audit_logs WHERE action = 'audit.account_erased'), 3, 'one entry a chain tells of it');
SET CONSTRAINTS ALL IMMEDIATE;
SELECT is(chain_faults(), 0::bigint, 'everything verifies, the entry of this transaction included');
SELECT is((SELECT count(*)::int FROM before b JOIN audit_logs l USING (id) WHERE auditproof.entry_text(l) <> b.entry_text),
    0, 'no entry text changed');
SELECT is((SELECT count(*)::int FROM auditproof.erasure e
            WHERE NOT EXISTS (SELECT FROM auditproof.chain_entry c
                               WHERE c.chain_id = e.chain_id AND c.log_id = e.authorised_by)), 0,
    'each erasure is authorised by an entry in its own chain');
SELECT set_eq($$SELECT (metadata ->> 'entries')::int FROM audit_logs WHERE action = 'audit.account_erased'$$,
    ARRAY[2, 3], 'which says how many entries');
SELECT is((SELECT count(*)::int FROM audit_logs l
            WHERE l.action = 'audit.account_erased' AND l::text LIKE '%00000000-0000-4000-9000-00000000000b%'), 0,
    'and does not name the account');
SELECT is((SELECT count(*)::int FROM auditproof.erasure e WHERE e::text LIKE '%00000000-0000-4000-9000-00000000000b%'), 0,
    'nor does anything of ours');
SELECT is((SELECT actor_id FROM audit_logs WHERE action = 'ann'), '00000000-0000-4000-9000-00000000000a',
    'other accounts are left alone');
SELECT throws_ok($$UPDATE audit_logs SET actor_id = '00000000-0000-4000-9000-00000000000a' WHERE action = 'late'$$,
    '23001', NULL, 'an erased field is not filled again');
SELECT throws_ok($$UPDATE audit_logs SET actor_id = NULL WHERE action = 'ann'$$, '23001', NULL,
    'and none is erased while its account is there');
SELECT lives_ok($$DELETE FROM auth.users WHERE id = '00000000-0000-4000-9000-00000000000c'$$,
    'an account that never acted goes without a word');
SELECT * FROM finish();
ROLLBACK;
