-- Run a report no more. Parameters: $1 report
UPDATE public.scheduled_reports AS r SET status = 'cancelled', next_run_at = NULL
WHERE r.id = $1::pg_catalog.uuid
