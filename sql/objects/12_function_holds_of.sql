-- Holds in force that could cover something of a tenant, whatever it is: for what leaves without being looked at row by row.
CREATE OR REPLACE FUNCTION auditproof.holds_of(chain uuid) RETURNS SETOF uuid
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $body$
SELECT h.hold_id
  FROM auditproof.legal_hold h
 WHERE (h.chain_id IS NULL OR h.chain_id = chain) AND auditproof.hold_in_force(h.hold_id)
$body$;
