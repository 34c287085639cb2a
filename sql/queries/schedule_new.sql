-- A report that never had a time, and is due by its schedule: it was created by somebody who left that to it. Kept for this
-- transaction.
-- Parameters: none. Columns: as schedule_due has them
SELECT r.id, coalesce(r.scheduling, '{}')::pg_catalog.text,
       (extract(epoch FROM r.next_run_at) * 1000000)::pg_catalog.int8,
       (extract(epoch FROM coalesce(r.created_at, pg_catalog.clock_timestamp())) * 1000000)::pg_catalog.int8,
       r.start_date - date '1970-01-01', r.end_date - date '1970-01-01' + 1,
       (extract(epoch FROM pg_catalog.clock_timestamp()) * 1000000)::pg_catalog.int8
FROM public.scheduled_reports AS r
WHERE r.report_type = ANY (auditproof.report_types()) AND r.next_run_at IS NULL AND r.status = 'pending'
  AND pg_catalog.isfinite(r.start_date) AND pg_catalog.isfinite(r.end_date)
LIMIT 1
FOR NO KEY UPDATE SKIP LOCKED
