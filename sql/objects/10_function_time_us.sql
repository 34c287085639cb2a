-- A time as it stands in entry texts: microseconds since 1970-01-01 UTC, or the word for infinity (audit-format(5)).
CREATE OR REPLACE FUNCTION auditproof.time_us(at timestamptz) RETURNS json
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $body$
SELECT CASE WHEN at = 'infinity' THEN '"infinity"'::json
            WHEN at = '-infinity' THEN '"-infinity"'::json
            ELSE to_json(trunc(extract(epoch FROM at) * 1000000)) END
$body$;
