-- Reports that auditproof runs. Parameters: $1 organization, or NULL for all.
-- Columns: next, last success, type, name, format, status, verdict of that, error, report, organization; times in microseconds
-- since 1970
SELECT CASE WHEN r.next_run_at BETWEEN timestamptz '0001-01-01Z' AND timestamptz '9999-12-31Z' THEN (extract(epoch FROM r.next_run_at) * 1000000)::pg_catalog.int8 END,
       (extract(epoch FROM u.finished_at) * 1000000)::pg_catalog.int8, r.report_type, r.report_name, r.format, r.status, u.verdict,
       r.error_message, r.id, r.organization_id
FROM public.scheduled_reports AS r
LEFT JOIN LATERAL (SELECT v.finished_at, v.verdict FROM auditproof.report_run AS v
                   WHERE v.report_id = r.id AND v.state = 'succeeded'
                   ORDER BY v.scheduled_for DESC LIMIT 1) AS u ON true
WHERE r.report_type = ANY (auditproof.report_types())
  AND ($1::pg_catalog.uuid IS NULL OR r.organization_id = $1::pg_catalog.uuid)
ORDER BY r.next_run_at NULLS LAST, r.id
