-- Has a hold not yet been released by two different logins?
CREATE OR REPLACE FUNCTION auditproof.hold_in_force(hold uuid) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $body$
SELECT count(DISTINCT r.released_by) < 2 FROM auditproof.legal_hold_release r WHERE r.hold_id = hold
$body$;
