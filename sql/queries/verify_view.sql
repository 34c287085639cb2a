-- Can rows be read through auditproof.entry, by somebody whom policies apply to, so that none is hidden? A view reads with
-- its owner's rights, and policies pass over the owner of the table unless they are forced on him. What the view selects
-- is compared elsewhere, with all that was installed.
-- Parameters: none. Result: problem text; no rows when there is none.
WITH audit AS (
    SELECT c.relowner, c.relrowsecurity AND c.relforcerowsecurity AND NOT (o.rolsuper OR o.rolbypassrls) AS forced
    FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_roles AS o ON o.oid = c.relowner
    WHERE c.oid = pg_catalog.to_regclass('public.audit_logs')
), entry AS (
    SELECT c.relkind, c.relowner, c.reloptions
    FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = 'auditproof' AND c.relname = 'entry'
)
SELECT 'there is no view auditproof.entry'
WHERE NOT EXISTS (SELECT FROM entry)
UNION ALL
SELECT 'auditproof.entry is not a view'
FROM entry AS e WHERE e.relkind <> 'v'
UNION ALL
SELECT 'view auditproof.entry does not belong to the owner of audit_logs'
FROM entry AS e, audit AS a WHERE e.relowner <> a.relowner
UNION ALL
SELECT 'view auditproof.entry has options: ' || pg_catalog.array_to_string(e.reloptions, ', ')
FROM entry AS e WHERE e.reloptions IS NOT NULL
UNION ALL
SELECT 'row level security of audit_logs is forced, so that policies apply to its owner and to view auditproof.entry too'
FROM audit AS a WHERE a.forced;
