-- Cancel a report. Parameters: $1 report. Columns: how many of its runs had not ended; no row where there is no such report
UPDATE public.scheduled_reports AS r SET status = 'cancelled', next_run_at = NULL
WHERE r.id = $1::pg_catalog.uuid
RETURNING auditproof.run_cancel(r.id)
