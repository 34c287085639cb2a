-- auditproof.capture_image(relation, row) → jsonb: a row that to_jsonb refuses, column by column. It refuses values past
-- 256 MiB, \u0000 in a json column, and what a type's own cast to json raises; none of that may fail a business write.
-- Such a value becomes {"bytes": n, "sha256": "…"}, and one that has no text either becomes {"error": SQLSTATE}.
CREATE OR REPLACE FUNCTION auditproof.capture_image(relation oid, content anyelement)
RETURNS jsonb
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    result jsonb := '{}';
    col record;
    value jsonb;
    as_bytes text;
BEGIN
    FOR col IN
        SELECT a.attname, a.atttypid = 'bytea'::regtype AS is_bytea
        FROM pg_attribute a
        WHERE a.attrelid = relation AND a.attnum > 0 AND NOT a.attisdropped
    LOOP
        BEGIN
            EXECUTE format('SELECT coalesce(to_jsonb(($1).%I), ''null'')', col.attname) INTO value USING content;
        EXCEPTION WHEN OTHERS THEN
            as_bytes := CASE WHEN col.is_bytea THEN format('($1).%I', col.attname)
                             ELSE format('convert_to(($1).%I::text, ''UTF8'')', col.attname) END;
            BEGIN
                EXECUTE format('SELECT jsonb_build_object(''bytes'', octet_length(b), ''sha256'', encode(sha256(b), ''hex''))'
                               ' FROM (SELECT %s AS b) s', as_bytes) INTO value USING content;
            EXCEPTION WHEN OTHERS THEN
                value := jsonb_build_object('error', SQLSTATE);
            END;
        END;
        result := result || auditproof.capture_digest(relation, jsonb_build_object(col.attname, value));
    END LOOP;
    RETURN result;
END
$body$;
