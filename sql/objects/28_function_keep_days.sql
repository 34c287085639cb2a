-- How many days rows of performance_analytics are kept: what the platform's policy says, or the tenant's where that is
-- longer, and 90 at least.
CREATE OR REPLACE FUNCTION auditproof.keep_days(chain uuid) RETURNS integer
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $body$
SELECT greatest(90, max(p.period))
  FROM auditproof.retention_policy p
 WHERE p.table_name = 'performance_analytics' AND p.chain_id IN (chain, '00000000-0000-0000-0000-000000000000')
$body$;
