-- A report whose runs are tried again is at work; and one that has no time that ever comes is planned again, from the last that
-- was. Parameters: $1 report, $2 how many runs are tried again. Columns: is it planned again; no row where nothing was changed
UPDATE public.scheduled_reports AS r
SET status = CASE WHEN p.stopped AND p.last IS NULL THEN 'pending' ELSE 'processing' END, error_message = NULL,
    next_run_at = CASE WHEN p.stopped THEN p.last ELSE r.next_run_at END
FROM (SELECT s.id, (SELECT pg_catalog.max(v.scheduled_for) FROM auditproof.report_run AS v WHERE v.report_id = s.id) AS last,
             (s.next_run_at >= timestamptz '9999-12-31Z' OR s.next_run_at IS NULL AND s.status IS DISTINCT FROM 'pending')
             AND (coalesce(s.scheduling ->> 'frequency', 'once') <> 'once'
                  OR NOT EXISTS (SELECT FROM auditproof.report_run AS v WHERE v.report_id = s.id)) AS stopped
      FROM public.scheduled_reports AS s WHERE s.id = $1::pg_catalog.uuid) AS p
WHERE r.id = p.id AND r.status IS DISTINCT FROM 'cancelled' AND ($2::pg_catalog.int8 > 0 OR p.stopped)
RETURNING p.stopped
