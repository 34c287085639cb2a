-- Remove from the seal log what no signed checkpoint covers: seals from kept on, checkpoints of more and what was answered
-- for them, changes of the key and declared restores that hold no more. Who calls this says what is signed, which the
-- database cannot tell; so it is for the owner, and what was removed, by whom and why is kept.
CREATE OR REPLACE FUNCTION auditproof.seal_repair(kept bigint, kept_keys integer, kept_epochs integer, why text)
RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    gone jsonb;
BEGIN
    IF kept > 0 AND NOT EXISTS (SELECT FROM auditproof.checkpoint c WHERE c.size = kept) THEN
        RAISE EXCEPTION 'no checkpoint is of % seals', kept USING ERRCODE = 'invalid_parameter_value';
    END IF;
    gone := jsonb_build_object(
        'kept_keys', kept_keys, 'kept_epochs', kept_epochs,
        'seals', (SELECT count(*) FROM auditproof.seal s WHERE s.log_index >= kept),
        'checkpoints', (SELECT count(*) FROM auditproof.checkpoint c WHERE c.size > kept),
        'keys', (SELECT count(*) FROM auditproof.log_key k WHERE k.number > kept_keys),
        'epochs', (SELECT count(*) FROM auditproof.epoch e WHERE e.number > kept_epochs),
        'first_checkpoints', (SELECT coalesce(jsonb_agg(jsonb_build_object(
                'size', c.size, 'sealed_at', c.sealed_at, 'note_bytes', octet_length(c.note),
                'note_sha256', encode(sha256(c.note), 'hex')) ORDER BY c.size), '[]')
            FROM (SELECT k.* FROM auditproof.checkpoint k WHERE k.size > kept ORDER BY k.size LIMIT 100) AS c));
    INSERT INTO auditproof.seal_repair (number, kept_size, removed, reason, repaired_by, repaired_at)
    SELECT coalesce(max(r.number), 0) + 1, kept, gone, why, session_user, transaction_timestamp()
      FROM auditproof.seal_repair r;
    DELETE FROM auditproof.epoch e WHERE e.number > kept_epochs;
    DELETE FROM auditproof.log_key k WHERE k.number > kept_keys;
    DELETE FROM auditproof.attestation a WHERE a.checkpoint_size > kept;
    DELETE FROM auditproof.checkpoint c WHERE c.size > kept;
    DELETE FROM auditproof.seal s WHERE s.log_index >= kept;
    RETURN gone;
END
$body$;
