-- auditproof.capture_digest(relation, image) → jsonb: the image of a row with every value that is too long for an entry
-- replaced by {"bytes": n, "sha256": "…"}, the length and digest of its bytes (bytea) or of its UTF-8 text (the rest).
-- Too long is 32 KiB of text, or 1 KiB where the whole image has more than 256 KiB.
CREATE OR REPLACE FUNCTION auditproof.capture_digest(relation oid, image jsonb)
RETURNS jsonb
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
SET bytea_output = 'hex'
AS $body$
DECLARE
    most int := CASE WHEN octet_length(image::text) > 262144 THEN 1024 ELSE 32768 END;
    result jsonb := image;
    long record;
    bytes bytea;
BEGIN
    FOR long IN
        SELECT e.key, e.value, a.atttypid = 'bytea'::regtype AS is_bytea
        FROM jsonb_each_text(image) e
        LEFT JOIN pg_attribute a ON a.attrelid = relation AND a.attname = e.key AND NOT a.attisdropped
        WHERE octet_length(e.value) > most
    LOOP
        bytes := CASE WHEN long.is_bytea THEN decode(substr(long.value, 3), 'hex')
                      ELSE convert_to(long.value, 'UTF8') END;
        result := result || jsonb_build_object(long.key, jsonb_build_object(
            'bytes', octet_length(bytes), 'sha256', encode(sha256(bytes), 'hex')));
    END LOOP;
    RETURN result;
END
$body$;
