-- Migration :{number}, :{name}: applied once.
DO $migration$
DECLARE
    applied boolean := false;
BEGIN
    IF pg_catalog.to_regclass('auditproof.migration') IS NOT NULL THEN
        SELECT EXISTS (SELECT FROM auditproof.migration m WHERE m.number = :{number}) INTO applied;
    END IF;
    IF applied THEN
        RETURN;
    END IF;
    EXECUTE $migration_sql$
:{sql}
$migration_sql$;
    INSERT INTO auditproof.migration (number, name, sha256, applied_at, applied_by, version)
    VALUES (:{number}, :'name', pg_catalog.decode(:'sha256', 'hex'), pg_catalog.now(), session_user,
            pg_catalog.current_setting('auditproof.version'))
    ON CONFLICT (number) DO NOTHING;
END
$migration$;
