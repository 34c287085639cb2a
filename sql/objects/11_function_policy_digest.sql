-- What the chained entry of a policy says of its row (audit-schema(5), RETENTION).
CREATE OR REPLACE FUNCTION auditproof.policy_digest(policy auditproof.retention_policy) RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $body$
SELECT sha256(convert_to(json_build_array('auditproof/policy', policy.chain_id, policy.table_name, policy.version, policy.class,
    policy.period, policy.unit, policy.basis, policy.jurisdiction, policy.approver, policy.set_by,
    auditproof.time_us(policy.set_at))::text, 'UTF8'))
$body$;
