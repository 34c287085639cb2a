-- May this login register bundles here?
-- Parameters: none. Result: NULL when it may, else a sentence that says what is missing.
SELECT CASE
    WHEN pg_catalog.pg_is_in_recovery()
        THEN 'this server is a standby, which keeps no records of its own: export from the primary where bundles are to be registered'
    WHEN pg_catalog.current_setting('default_transaction_read_only')::pg_catalog.bool
        THEN 'this login, or this database, is set to read only (default_transaction_read_only)'
    WHEN f.oid IS NULL
        THEN 'the database has no register of bundles: run auditmigrate install'
    WHEN NOT pg_catalog.has_function_privilege(f.oid, 'EXECUTE')
        THEN pg_catalog.format('role %1$I may not: `auditmigrate roles --grant auditproof_exporter --to %1$s`', current_user)
    END
FROM (SELECT pg_catalog.min(p.oid) AS oid
      FROM pg_catalog.pg_proc AS p JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
      WHERE n.nspname = 'auditproof' AND p.proname = 'bundle_register') AS f;
