-- The ranges of seqs that a plan's text has.
CREATE OR REPLACE FUNCTION auditproof.purge_ranges(plan json)
RETURNS TABLE (chain_id uuid, from_seq bigint, to_seq bigint)
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $body$
SELECT (c.part ->> 'chain')::uuid, (r.range ->> 0)::bigint, (r.range ->> 1)::bigint
  FROM json_array_elements(plan -> 'chains') AS c (part)
 CROSS JOIN json_array_elements(c.part -> 'ranges') AS r (range)
$body$;
