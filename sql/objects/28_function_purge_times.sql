-- When batches of a purge deleted what they did.
CREATE OR REPLACE FUNCTION auditproof.purge_times(plan bytea, purge uuid) RETURNS SETOF timestamptz
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $body$
SELECT r.purged_at FROM auditproof.purge_range r WHERE r.purge_id = purge
UNION ALL
SELECT c.purged_at FROM auditproof.purge_count c WHERE c.digest = plan
$body$;
