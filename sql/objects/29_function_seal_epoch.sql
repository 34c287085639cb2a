-- Keep the declaration of a restore; or of one that the database lost with a later state.
CREATE OR REPLACE FUNCTION auditproof.seal_epoch(
    epoch_number integer, boundary bigint, why text, signed_note bytea, at timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $body$
BEGIN
    IF boundary < (SELECT coalesce(max(c.size), 0) FROM auditproof.checkpoint c)
       OR epoch_number IS DISTINCT FROM (SELECT coalesce(max(e.number), 0) + 1 FROM auditproof.epoch e) THEN
        RAISE EXCEPTION 'epoch % at % seals is not the next one', epoch_number, boundary
            USING ERRCODE = 'serialization_failure';
    END IF;
    INSERT INTO auditproof.epoch (number, from_size, reason, note, signed_at)
    VALUES (epoch_number, boundary, why, signed_note, at);
END
$body$;
