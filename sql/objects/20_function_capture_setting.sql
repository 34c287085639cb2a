-- auditproof.capture_setting(name) → jsonb: the request's claims or headers, as PostgREST leaves them in a setting.
-- NULL when the setting is absent, and an object that says so when it is not a JSON object: the application must never
-- fail because of what somebody put there.
CREATE OR REPLACE FUNCTION auditproof.capture_setting(name text)
RETURNS jsonb
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    raw text := current_setting(name, true);
    parsed jsonb;
BEGIN
    IF raw IS NULL OR raw = '' THEN
        RETURN NULL;
    END IF;
    parsed := raw::jsonb;
    IF jsonb_typeof(parsed) <> 'object' THEN
        RETURN '{"malformed": true}';
    END IF;
    RETURN parsed;
EXCEPTION WHEN OTHERS THEN
    RETURN '{"malformed": true}';
END
$body$;
