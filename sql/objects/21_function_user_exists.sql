-- Is the account there that audit_logs.actor_id would refer to? NULL where the platform does not let auditproof_owner see.
CREATE OR REPLACE FUNCTION auditproof.user_exists(account uuid) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET row_security = on
AS $body$
BEGIN
    IF NOT has_schema_privilege('auth', 'USAGE') OR NOT has_column_privilege('auth.users', 'id', 'SELECT')
       OR row_security_active('auth.users') THEN
        RETURN NULL;
    END IF;
    RETURN EXISTS (SELECT FROM auth.users u WHERE u.id = account);
END
$body$;
