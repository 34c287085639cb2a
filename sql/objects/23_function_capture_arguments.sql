-- auditproof.capture_arguments(tgargs) → text[]: a trigger's arguments, which the catalog keeps NUL-terminated.
CREATE OR REPLACE FUNCTION auditproof.capture_arguments(tgargs bytea)
RETURNS text[]
LANGUAGE plpgsql IMMUTABLE STRICT
SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    result text[] := '{}';
    rest bytea := tgargs;
    stop int := position(E'\\x00'::bytea IN rest);
BEGIN
    WHILE stop > 0 LOOP
        result := result || convert_from(substring(rest FROM 1 FOR stop - 1), getdatabaseencoding());
        rest := substring(rest FROM stop + 1);
        stop := position(E'\\x00'::bytea IN rest);
    END LOOP;
    RETURN result;
END
$body$;
