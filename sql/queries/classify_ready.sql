-- Can entries be classified here by this role?
-- Parameters: $1 does it record what it finds? Result: NULL when it can, else a sentence that says what is missing.
SELECT CASE
    WHEN NOT EXISTS (SELECT FROM pg_catalog.pg_namespace n WHERE n.nspname = 'auditproof')
        THEN 'auditproof is not installed in this database: run auditmigrate install'
    WHEN NOT pg_catalog.has_schema_privilege('auditproof', 'USAGE')
        THEN pg_catalog.format('role %I may not look into schema auditproof: GRANT auditproof_classifier TO %I',
                               current_user, current_user)
    WHEN pg_catalog.to_regclass('auditproof.risk_finding') IS NULL
        THEN 'this version''s tables are not installed in this database: run auditmigrate install'
    WHEN NOT pg_catalog.has_table_privilege('auditproof.entry', 'SELECT')
      OR NOT pg_catalog.has_table_privilege('auditproof.risk_finding', 'SELECT')
      OR $1::boolean AND NOT pg_catalog.has_function_privilege('auditproof.classify_claim(uuid, bytea, text)', 'EXECUTE')
        THEN pg_catalog.format('role %I may not classify entries: GRANT auditproof_classifier TO %I', current_user,
                               current_user)
    WHEN $1::boolean AND pg_catalog.pg_is_in_recovery()
        THEN 'the server is a standby, which records nothing: classify on the primary'
END
