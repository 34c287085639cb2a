-- What holds where no superuser installed: everything but event triggers, and the view for those who verify.
BEGIN;
SELECT plan(8);
INSERT INTO audit_logs (organization_id, action, resource_type)
VALUES ('00000000-0000-4000-8000-00000000000a', 'a', 'b'), (NULL, 'a', 'b');
SET CONSTRAINTS ALL IMMEDIATE;
SELECT is((SELECT count(*)::int FROM pg_event_trigger), 0, 'no event triggers');
SELECT is((SELECT rolbypassrls FROM pg_roles WHERE rolname = 'auditproof_auditor'), false, 'no exemption from policies');
SELECT is((SELECT count(*)::int FROM pg_proc p WHERE p.pronamespace = 'auditproof'::regnamespace
              AND p.proowner <> 'auditproof_owner'::regrole
              AND p.proname NOT IN ('partition_drop', 'partition_make', 'partition_missing', 'partition_strays')), 0,
    'functions belong to auditproof_owner, but for those that own partitions');
SELECT is((SELECT pg_get_userbyid(c.relowner) FROM pg_class c WHERE c.oid = 'auditproof.entry'::regclass), 'hoster',
    'the view belongs to the table''s owner');
SET LOCAL row_security = off;
SELECT is(as_role('auditproof_auditor', NULL, 'SELECT count(*) FROM audit_logs'), '42501',
    'an auditor is told that policies would hide rows');
SELECT is(as_role('auditproof_auditor', NULL, 'SELECT count(*) FROM auditproof.entry'), '2',
    'and reads every entry through the view');
SELECT is(as_role('auditproof_auditor', NULL, 'SELECT count(*) FROM auditproof.chain_entry'), '2', 'and the chain');
SELECT is(as_role('hoster', NULL, 'SELECT count(*) FROM audit_logs'), '2', 'the owner is not subject to policies');
SELECT * FROM finish();
ROLLBACK;
