-- What the application shows of a report, after one of its runs. One that was cancelled stays so.
-- Parameters: $1 report, $2 'completed', 'failed' or 'processing', $3 what went wrong, or NULL, $4 where the output is, or
-- NULL
UPDATE public.scheduled_reports AS r
SET status = $2::pg_catalog.text, error_message = $3::pg_catalog.text, last_run_at = pg_catalog.clock_timestamp(),
    output_url = coalesce($4::pg_catalog.text, r.output_url),
    completed_at = CASE $2::pg_catalog.text WHEN 'completed' THEN pg_catalog.clock_timestamp() ELSE r.completed_at END
WHERE r.id = $1::pg_catalog.uuid AND r.status IS DISTINCT FROM 'cancelled'
