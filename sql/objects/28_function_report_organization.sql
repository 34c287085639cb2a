-- What an organization is called that a report of ours is of; NULL where the platform does not let auditproof_owner see.
CREATE OR REPLACE FUNCTION auditproof.report_organization(organization uuid) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET row_security = on
AS $body$
BEGIN
    IF NOT has_column_privilege('public.organizations', 'name', 'SELECT') THEN
        RETURN NULL;
    END IF;
    RETURN (SELECT o.name FROM public.organizations o
             WHERE o.id = organization AND EXISTS (SELECT FROM auditproof.report_run r WHERE r.chain_id = o.id));
END
$body$;
