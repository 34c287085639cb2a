-- A report that is due and that nobody else plans: kept for this transaction. One without a time is due where it never had
-- one: it was created by somebody who left that to its schedule.
-- Parameters: none. Times in microseconds since 1970.
-- Columns: id, scheduling, next_run_at, created_at, from and before of its own dates' days, now
SELECT r.id, coalesce(r.scheduling, '{}')::pg_catalog.text,
       (extract(epoch FROM r.next_run_at) * 1000000)::pg_catalog.int8,
       (extract(epoch FROM coalesce(r.created_at, pg_catalog.clock_timestamp())) * 1000000)::pg_catalog.int8,
       r.start_date - date '1970-01-01', r.end_date - date '1970-01-01' + 1,
       (extract(epoch FROM pg_catalog.clock_timestamp()) * 1000000)::pg_catalog.int8
FROM public.scheduled_reports AS r
WHERE r.report_type = ANY (auditproof.report_types()) AND r.status IS DISTINCT FROM 'cancelled'
  AND (r.next_run_at <= pg_catalog.clock_timestamp()
       OR r.next_run_at IS NULL AND r.status = 'pending' AND pg_catalog.isfinite(r.start_date) AND pg_catalog.isfinite(r.end_date))
ORDER BY r.next_run_at NULLS FIRST, r.id
LIMIT 1
FOR NO KEY UPDATE SKIP LOCKED
