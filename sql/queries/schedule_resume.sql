-- A report whose runs are tried again is at work, unless it was cancelled. Parameters: $1 report
UPDATE public.scheduled_reports AS r SET status = 'processing', error_message = NULL
WHERE r.id = $1::pg_catalog.uuid AND r.status IS DISTINCT FROM 'cancelled'
