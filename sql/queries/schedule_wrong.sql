-- A report that cannot be planned is due no more. Parameters: $1 report, $2 what is wrong with it
UPDATE public.scheduled_reports AS r SET next_run_at = NULL, status = 'failed', error_message = $2::pg_catalog.text
WHERE r.id = $1::pg_catalog.uuid
