-- The first day (UTC) on which an entry may leave: so many years after the later of what its writer claims and what the
-- chain recorded, and one day more. An anniversary that does not exist (29 February) is the day after it.
CREATE OR REPLACE FUNCTION auditproof.retention_until(created_at timestamptz, recorded_at timestamptz, years integer)
RETURNS date
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $body$
SELECT CASE WHEN t.day = '-infinity' THEN t.day
            -- no time of these years can be told in microseconds (audit-format(5))
            WHEN extract(year FROM t.day) + years >= 294247 THEN 'infinity'
            WHEN extract(day FROM t.day + make_interval(years => years)) <> extract(day FROM t.day)
            THEN (t.day + make_interval(years => years))::date + 2
            ELSE (t.day + make_interval(years => years))::date + 1 END
  FROM (SELECT (greatest(created_at, recorded_at) AT TIME ZONE 'UTC')::date) AS t (day)
$body$;
