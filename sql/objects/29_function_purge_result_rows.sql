-- What became of a tenant's rows of performance_analytics that a plan names, for the certificate.
CREATE OR REPLACE FUNCTION auditproof.purge_result_rows(plan bytea, part json) RETURNS json
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $body$
SELECT json_build_object('chain', part -> 'chain', 'days', part -> 'days', 'policy', part -> 'policy',
           'cutoff', part -> 'cutoff', 'planned', part -> 'entries', 'destroyed', coalesce(sum(c.rows), 0),
           'held_when_planned', part -> 'held')
  FROM auditproof.purge_count c WHERE c.digest = plan AND c.chain_id = (part ->> 'chain')::uuid
$body$;
