-- Can entries be written here by this role?
-- Parameters: none. Result: NULL when they can, else a sentence that says what is missing.
SELECT CASE
    WHEN pg_catalog.to_regclass('public.audit_logs') IS NULL
        THEN 'there is no table public.audit_logs in this database: run auditmigrate install'
    WHEN pg_catalog.to_regclass('auditproof.chain_entry') IS NULL
      OR pg_catalog.to_regprocedure('auditproof.receipt(uuid[])') IS NULL
        THEN 'auditproof is not installed in this database: run auditmigrate install'
    WHEN NOT pg_catalog.has_schema_privilege('auditproof', 'USAGE')
      OR NOT pg_catalog.has_function_privilege('auditproof.receipt(uuid[])', 'EXECUTE')
      OR NOT pg_catalog.has_any_column_privilege('public.audit_logs', 'INSERT')
        THEN pg_catalog.format('role %I may not write entries: GRANT auditproof_writer TO %I', current_user, current_user)
END
