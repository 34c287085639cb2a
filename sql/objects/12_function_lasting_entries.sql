-- Entries that leave with their tenant only, however old: those that tell of policies, of holds and of releases. What they
-- tell of stays in force for longer than a window, and without them a record of it could be taken away unseen.
CREATE OR REPLACE FUNCTION auditproof.lasting_entries() RETURNS SETOF uuid
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $body$
SELECT p.authorised_by FROM auditproof.retention_policy p
UNION ALL
SELECT h.authorised_by FROM auditproof.legal_hold h
UNION ALL
SELECT r.authorised_by FROM auditproof.legal_hold_release r
$body$;
