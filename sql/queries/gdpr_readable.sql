-- Whether the login may read who has which account, without rows being hidden from it.
-- Parameters: none. Result: public.profiles can be read; auth.users can be read.
SELECT coalesce(pg_catalog.has_table_privilege(p.profiles, 'SELECT') AND NOT pg_catalog.row_security_active(p.profiles), false),
       coalesce(pg_catalog.has_schema_privilege(pg_catalog.to_regnamespace('auth'), 'USAGE')
                AND pg_catalog.has_table_privilege(p.users, 'SELECT') AND NOT pg_catalog.row_security_active(p.users), false)
FROM (SELECT pg_catalog.to_regclass('public.profiles')::oid, pg_catalog.to_regclass('auth.users')::oid) AS p (profiles, users);
