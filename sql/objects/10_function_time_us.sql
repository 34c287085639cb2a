-- A time as it stands in entry texts: microseconds since 1970-01-01 UTC, or the word for infinity (audit-format(5)).
CREATE OR REPLACE FUNCTION auditproof.time_us(at timestamptz) RETURNS json
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $body$
SELECT CASE WHEN at = 'infinity' THEN '"infinity"'::json
            WHEN at = '-infinity' THEN '"-infinity"'::json
            -- From here on extract(epoch …) gives whole tenths of milliseconds only; the stored count is exact.
            WHEN at >= '294247-01-01 00:00:00+00'
                THEN to_json(('x' || encode(timestamptz_send(at), 'hex'))::bit(64)::bigint + 946684800000000::numeric)
            ELSE to_json(trunc(extract(epoch FROM at) * 1000000)) END
$body$;
