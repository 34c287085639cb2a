-- The versions of the policies that say how long a chain's rows of a table are kept, as a plan names them.
CREATE OR REPLACE FUNCTION auditproof.purge_policy(chain uuid, tab text) RETURNS json
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $body$
SELECT json_build_object('platform', max(p.version) FILTER (WHERE p.chain_id = '00000000-0000-0000-0000-000000000000'),
                         'tenant', max(p.version) FILTER (WHERE p.chain_id <> '00000000-0000-0000-0000-000000000000'))
  FROM auditproof.retention_policy p
 WHERE p.table_name = tab AND p.chain_id IN (chain, '00000000-0000-0000-0000-000000000000')
$body$;
