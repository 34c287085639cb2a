-- The id of the entry that tells of a purge's certificate.
CREATE OR REPLACE FUNCTION auditproof.purge_entry_id(plan bytea, purge uuid) RETURNS uuid
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $body$
SELECT encode(substr(sha256('auditproof/certificate'::bytea || plan || uuid_send(purge)), 1, 16), 'hex')::uuid
$body$;
