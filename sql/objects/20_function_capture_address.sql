-- auditproof.capture_address(text) → inet: the first address of an X-Forwarded-For header, which is the client's as the
-- proxies tell it. Strict: a port, a network, a host name or anything else makes it NULL rather than a guess.
CREATE OR REPLACE FUNCTION auditproof.capture_address(forwarded_for text)
RETURNS inet
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    first text := btrim(split_part(forwarded_for, ',', 1), E' \t');
BEGIN
    IF first ~ '^[0-9]{1,3}(\.[0-9]{1,3}){3}$' OR first ~ '^[0-9A-Fa-f:.]{2,45}$' AND strpos(first, ':') > 0 THEN
        RETURN first::inet;
    END IF;
    RETURN NULL;
EXCEPTION WHEN OTHERS THEN
    RETURN NULL;
END
$body$;
