-- What the current role may see.
-- Parameters: none.
-- Columns: installed     there is a table audit_logs
--          row_security  policies hide rows from it: they apply, and not auditproof's own that shows everything
--          chain         it may read what the chain says of an entry
--          findings      ... and what rules found
--          auditor       it acts as auditproof_auditor, or has its privileges without being superuser
--          may_record    it may have its queries chained
--          standby       the server is one
--          role          its name
--          indexed       the index is there that searches of an organization walk
--          parted        audit_logs has partitions
WITH readable (name) AS (
    SELECT c.relname
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'auditproof' AND pg_catalog.has_schema_privilege(n.oid, 'USAGE')
      AND pg_catalog.has_table_privilege(c.oid, 'SELECT'))
SELECT pg_catalog.to_regclass('public.audit_logs') IS NOT NULL,
       coalesce(pg_catalog.row_security_active(pg_catalog.to_regclass('public.audit_logs')), false)
           AND NOT EXISTS (SELECT FROM pg_catalog.pg_policy p
                           CROSS JOIN pg_catalog.unnest(p.polroles) AS r (oid)
                           WHERE p.polrelid = pg_catalog.to_regclass('public.audit_logs')
                             AND p.polname = 'auditproof reads' AND p.polpermissive AND p.polcmd = 'r'
                             AND pg_catalog.pg_has_role(r.oid, 'USAGE')),
       (SELECT pg_catalog.count(*) FROM readable WHERE name IN ('chain_entry', 'erasure')) = 2,
       EXISTS (SELECT FROM readable WHERE name = 'risk_finding'),
       EXISTS (SELECT FROM pg_catalog.pg_roles r
               WHERE r.rolname = 'auditproof_auditor' AND pg_catalog.pg_has_role(r.oid, 'USAGE'))
           AND NOT EXISTS (SELECT FROM pg_catalog.pg_roles r WHERE r.rolname = current_user AND r.rolsuper),
       EXISTS (SELECT FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
               WHERE n.nspname = 'auditproof' AND p.proname = 'query_record'
                 AND pg_catalog.has_schema_privilege(n.oid, 'USAGE')
                 AND pg_catalog.has_function_privilege(p.oid, 'EXECUTE')),
       pg_catalog.pg_is_in_recovery(),
       current_user,
       EXISTS (SELECT FROM pg_catalog.pg_index i
               WHERE i.indexrelid = pg_catalog.to_regclass('public.auditproof_search')
                 AND i.indrelid = pg_catalog.to_regclass('public.audit_logs') AND i.indisvalid),
       coalesce((SELECT c.relkind = 'p' FROM pg_catalog.pg_class c
                 WHERE c.oid = pg_catalog.to_regclass('public.audit_logs')), false)
