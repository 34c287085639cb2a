-- What the chained entry of a hold says of its row (audit-schema(5), RETENTION).
CREATE OR REPLACE FUNCTION auditproof.hold_digest(hold auditproof.legal_hold) RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $body$
SELECT sha256(convert_to(json_build_array('auditproof/hold', hold.hold_id, hold.chain_id,
    encode(hold.subject_commitment, 'hex'), hold.resource_type, hold.action_pattern, auditproof.time_us(hold.from_at),
    auditproof.time_us(hold.until_at), hold.matter, hold.custodian, hold.reason, hold.review_on - '1970-01-01'::date,
    hold.placed_by, auditproof.time_us(hold.placed_at))::text, 'UTF8'))
$body$;
