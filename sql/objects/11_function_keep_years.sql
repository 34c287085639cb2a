-- How many years entries of a chain are kept: what the platform's policy says, or the tenant's where that is longer, and
-- seven at least. Policies only ever get longer, so that the longest is the one in force.
-- PL/pgSQL, which keeps its plan: this is asked for each row of a deletion.
CREATE OR REPLACE FUNCTION auditproof.keep_years(chain uuid) RETURNS integer
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $body$
BEGIN
    RETURN (SELECT greatest(7, max(p.period))
              FROM auditproof.retention_policy p
             WHERE p.table_name = 'audit_logs' AND p.chain_id IN (chain, '00000000-0000-0000-0000-000000000000'));
END
$body$;
