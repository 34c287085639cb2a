-- Reports that auditproof runs. Parameters: $1 organization, or NULL for all.
-- Columns: id, organization, type, name, format, status, next_run, last_run, error
SELECT r.id, r.organization_id, r.report_type, r.report_name, r.format, r.status,
       pg_catalog.to_char(r.next_run_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
       pg_catalog.to_char(r.last_run_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), r.error_message
FROM public.scheduled_reports AS r
WHERE r.report_type = ANY (auditproof.report_types())
  AND ($1::pg_catalog.uuid IS NULL OR r.organization_id = $1::pg_catalog.uuid)
ORDER BY r.next_run_at NULLS LAST, r.id
