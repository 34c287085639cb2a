-- An entry whose organization is gone: it goes to the system chain, and the id stands in metadata.
CREATE OR REPLACE FUNCTION auditproof.capture_without_organization(INOUT entry public.audit_logs)
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $body$
BEGIN
    entry.metadata := entry.metadata || jsonb_build_object('organization_id', entry.organization_id);
    entry.organization_id := NULL;
END
$body$;
