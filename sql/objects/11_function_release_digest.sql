-- What the chained entry of a hold's release says of its row (audit-schema(5), RETENTION).
CREATE OR REPLACE FUNCTION auditproof.release_digest(release auditproof.legal_hold_release) RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $body$
SELECT sha256(convert_to(json_build_array('auditproof/release', release.hold_id, release.released_by,
    auditproof.time_us(release.released_at), release.reason)::text, 'UTF8'))
$body$;
