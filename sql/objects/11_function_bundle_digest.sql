-- What the chained entry of a bundle says of its row (audit-schema(5), BUNDLES).
CREATE OR REPLACE FUNCTION auditproof.bundle_digest(bundle auditproof.bundle) RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $body$
SELECT sha256(convert_to(json_build_array('auditproof/bundle', bundle.chain_id, bundle.bundle_id, bundle.kind,
    encode(bundle.sha256, 'hex'), encode(bundle.tagmanifest_sha256, 'hex'), bundle.bytes, auditproof.time_us(bundle.from_at),
    auditproof.time_us(bundle.to_at), auditproof.time_us(bundle.read_at), bundle.seqs::text, bundle.entries, bundle.groups,
    encode(bundle.encrypted_to, 'hex'), bundle.recipient, bundle.registered_by,
    auditproof.time_us(bundle.registered_at))::text, 'UTF8'))
$body$;
