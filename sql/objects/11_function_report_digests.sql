-- Those of auditproof's types of which only the latest is made after a downtime; of all others each that was missed.
CREATE OR REPLACE FUNCTION auditproof.report_digests() RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $body$
SELECT '{risk_digest,usage_summary,billing_summary,performance_summary}'::text[]
$body$;
