-- Can entries be written here by this role?
-- Parameters: none. Result: NULL when they can, else a sentence that says what is missing.
SELECT CASE
    WHEN pg_catalog.to_regclass('public.audit_logs') IS NULL
        THEN 'there is no table public.audit_logs in this database: run auditmigrate install'
    WHEN NOT EXISTS (SELECT FROM pg_catalog.pg_namespace n WHERE n.nspname = 'auditproof')
        THEN 'auditproof is not installed in this database: run auditmigrate install'
    WHEN NOT pg_catalog.has_schema_privilege('auditproof', 'USAGE')
      OR NOT pg_catalog.has_any_column_privilege('public.audit_logs', 'INSERT')
        THEN pg_catalog.format('role %I may not write entries: GRANT auditproof_writer TO %I', current_user, current_user)
    WHEN pg_catalog.to_regprocedure('auditproof.receipt(uuid[])') IS NULL
        THEN 'auditproof is not installed completely in this database: run auditmigrate install'
    WHEN NOT pg_catalog.has_function_privilege('auditproof.receipt(uuid[])', 'EXECUTE')
        THEN pg_catalog.format('role %I may not write entries: GRANT auditproof_writer TO %I', current_user, current_user)
END
