-- A report's next time. Parameters: $1 report, $2 next time in microseconds since 1970, or NULL; $3 whether it waits to be run
UPDATE public.scheduled_reports AS r
SET next_run_at = 'epoch'::pg_catalog.timestamptz + $2::pg_catalog.int8 * interval '1 microsecond',
    status = CASE WHEN $3::pg_catalog.bool THEN 'processing' ELSE r.status END
WHERE r.id = $1::pg_catalog.uuid
