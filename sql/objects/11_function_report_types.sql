-- The types of scheduled reports that auditproof runs; all others are the application's.
CREATE OR REPLACE FUNCTION auditproof.report_types() RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $body$
SELECT '{audit_summary,risk_digest,gdpr_register,retention_status,soc2_evidence,chain_verification,usage_summary,billing_summary,performance_summary}'::text[]
$body$;
