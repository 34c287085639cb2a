-- What is sealed is only ever appended to. A repair of the seal log, which is recorded first, may remove in its own
-- transaction what comes after the size that it keeps (auditproof.seal_repair).
CREATE OR REPLACE FUNCTION auditproof.guard_seal() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    kept auditproof.seal_repair;
BEGIN
    IF TG_OP = 'INSERT' THEN
        RETURN NEW;
    ELSIF TG_OP = 'DELETE' THEN
        SELECT r.* INTO kept FROM auditproof.seal_repair r ORDER BY r.number DESC LIMIT 1;
        IF kept.repaired_at = transaction_timestamp()
           AND (CASE TG_TABLE_NAME
               WHEN 'seal' THEN (to_jsonb(OLD) ->> 'log_index')::bigint >= kept.kept_size
               WHEN 'checkpoint' THEN (to_jsonb(OLD) ->> 'size')::bigint > kept.kept_size
               WHEN 'attestation' THEN (to_jsonb(OLD) ->> 'checkpoint_size')::bigint > kept.kept_size
               WHEN 'log_key' THEN (to_jsonb(OLD) ->> 'number')::integer > (kept.removed ->> 'kept_keys')::integer
               WHEN 'epoch' THEN (to_jsonb(OLD) ->> 'number')::integer > (kept.removed ->> 'kept_epochs')::integer
               ELSE false END) THEN
            RETURN OLD;
        END IF;
    END IF;
    RAISE EXCEPTION '% of %.% is refused', TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation', HINT = 'The audit trail is only ever appended to.';
END
$body$;
