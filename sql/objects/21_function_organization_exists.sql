-- Is the organization there that audit_logs.organization_id would refer to? NULL where the platform does not let
-- auditproof_owner see.
CREATE OR REPLACE FUNCTION auditproof.organization_exists(organization uuid) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET row_security = on
AS $body$
BEGIN
    IF NOT has_column_privilege('public.organizations', 'id', 'SELECT')
       OR row_security_active('public.organizations') THEN
        RETURN NULL;
    END IF;
    RETURN EXISTS (SELECT FROM public.organizations o WHERE o.id = organization);
END
$body$;
