-- auditproof.capture_uuid(text) → uuid: NULL for anything but the 36-character form.
CREATE OR REPLACE FUNCTION auditproof.capture_uuid(value text)
RETURNS uuid
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $body$
    SELECT CASE WHEN value ~ '^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$' THEN value::uuid END
$body$;
