-- Whether the current role may read a table of the platform, and sees only some of its rows: policies apply to it, and not
-- auditproof's own that shows everything.
-- Parameters: $1 name of the table in public. Columns: there, readable, row_security, role
SELECT t.oid IS NOT NULL,
       coalesce(pg_catalog.has_schema_privilege('public', 'USAGE') AND pg_catalog.has_table_privilege(t.oid, 'SELECT'), false),
       coalesce(pg_catalog.row_security_active(t.oid), false)
           AND NOT EXISTS (SELECT FROM pg_catalog.pg_policy p
                           CROSS JOIN pg_catalog.unnest(p.polroles) AS r (oid)
                           WHERE p.polrelid = t.oid AND p.polname = 'auditproof reads' AND p.polpermissive AND p.polcmd = 'r'
                             AND pg_catalog.has_table_privilege(t.oid, 'SELECT') AND pg_catalog.pg_has_role(r.oid, 'USAGE')),
       current_user
FROM (SELECT pg_catalog.to_regclass('public.' || pg_catalog.quote_ident($1::pg_catalog.text))::pg_catalog.oid) AS t (oid)
