-- Keep a checkpoint that covers the whole seal log as it now is.
CREATE OR REPLACE FUNCTION auditproof.seal_checkpoint(
    log_size bigint, log_origin text, log_root bytea, signed_note bytea, at timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $body$
BEGIN
    IF log_size IS DISTINCT FROM (SELECT max(s.log_index) + 1 FROM auditproof.seal s) THEN
        RAISE EXCEPTION 'a checkpoint of % seals does not cover the seal log', log_size
            USING ERRCODE = 'serialization_failure';
    END IF;
    INSERT INTO auditproof.checkpoint (size, origin, root, note, sealed_at)
    VALUES (log_size, log_origin, log_root, signed_note, at);
END
$body$;
