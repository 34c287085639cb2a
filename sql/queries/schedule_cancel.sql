-- Cancel a report: its runs first, as who finishes one takes both in that order.
-- Parameters: $1 report. Columns: how many of its runs had not ended; no row where there is no such report
WITH ours AS MATERIALIZED (SELECT r.id FROM public.scheduled_reports AS r WHERE r.id = $1::pg_catalog.uuid),
     cancelled AS MATERIALIZED (SELECT o.id, auditproof.run_cancel(o.id) AS runs FROM ours AS o)
UPDATE public.scheduled_reports AS r SET status = 'cancelled', next_run_at = NULL
FROM cancelled AS c WHERE r.id = c.id
RETURNING c.runs
