-- Keep a change of the seal log's key, or of its name: from the newest checkpoint on, or from one that was lost.
CREATE OR REPLACE FUNCTION auditproof.seal_key(
    key_number integer, verifier_key text, boundary bigint, signed_note bytea, at timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $body$
BEGIN
    IF boundary < (SELECT coalesce(max(c.size), 0) FROM auditproof.checkpoint c)
       OR key_number IS DISTINCT FROM (SELECT coalesce(max(k.number), 0) + 1 FROM auditproof.log_key k) THEN
        RAISE EXCEPTION 'key % at % seals is not the next one', key_number, boundary
            USING ERRCODE = 'serialization_failure';
    END IF;
    INSERT INTO auditproof.log_key (number, vkey, from_size, note, signed_at)
    VALUES (key_number, verifier_key, boundary, signed_note, at);
END
$body$;
