-- What is older than this may leave on a day: the same as retention_until(…) <= day, once for many entries.
CREATE OR REPLACE FUNCTION auditproof.retention_cutoff(today date, years integer) RETURNS timestamptz
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $body$
SELECT (max(d.day)::date + 1)::timestamp AT TIME ZONE 'UTC'
  FROM generate_series((today - make_interval(years => years, days => 3))::date::timestamp,
                       (today - make_interval(years => years))::date::timestamp, interval '1 day') AS d (day)
 WHERE auditproof.retention_until(d.day AT TIME ZONE 'UTC', NULL, years) <= today
$body$;
