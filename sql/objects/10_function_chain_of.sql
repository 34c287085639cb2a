-- The chain of system-wide entries, whose organization_id is NULL.
CREATE OR REPLACE FUNCTION auditproof.chain_of(organization_id uuid) RETURNS uuid
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $body$
SELECT coalesce(organization_id, '00000000-0000-0000-0000-000000000000')
$body$;
