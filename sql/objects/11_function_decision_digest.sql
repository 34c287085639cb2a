-- What the chained entry of a decision on erasure says of its row (audit-schema(5), ERASURE).
CREATE OR REPLACE FUNCTION auditproof.decision_digest(decision auditproof.erasure_decision) RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $body$
SELECT sha256(convert_to(json_build_array('auditproof/erasure', decision.chain_id, decision.decision_id, decision.outcome,
    decision.ground, decision.reason, decision.review_on - '1970-01-01'::date, decision.entries,
    encode(decision.items, 'hex'), decision.decided_by, auditproof.time_us(decision.decided_at))::text, 'UTF8'))
$body$;
