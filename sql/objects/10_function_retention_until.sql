-- The first day (UTC) on which an entry may leave: seven years after the later of what its writer claims and what the
-- chain recorded, and one day more. An anniversary that does not exist (29 February) is the day after it.
CREATE OR REPLACE FUNCTION auditproof.retention_until(created_at timestamptz, recorded_at timestamptz) RETURNS date
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $body$
SELECT CASE WHEN t.day >= '290000-01-01' THEN 'infinity'
            WHEN t.day = '-infinity' THEN t.day
            WHEN extract(day FROM t.day + interval '7 years') <> extract(day FROM t.day)
            THEN (t.day + interval '7 years')::date + 2
            ELSE (t.day + interval '7 years')::date + 1 END
  FROM (SELECT (greatest(created_at, recorded_at) AT TIME ZONE 'UTC')::date) AS t (day)
$body$;
