-- A report whose time has come and that nobody else plans: kept for this transaction. Any of them, in no order, which their
-- index would not give; and by a time that it can be searched for, which clock_timestamp() is not.
-- Parameters: none. Times in microseconds since 1970.
-- Columns: id, scheduling, next_run_at, created_at, from and before of its own dates' days, now
SELECT r.id, coalesce(r.scheduling, '{}')::pg_catalog.text,
       (extract(epoch FROM r.next_run_at) * 1000000)::pg_catalog.int8,
       (extract(epoch FROM coalesce(r.created_at, pg_catalog.clock_timestamp())) * 1000000)::pg_catalog.int8,
       r.start_date - date '1970-01-01', r.end_date - date '1970-01-01' + 1,
       (extract(epoch FROM pg_catalog.clock_timestamp()) * 1000000)::pg_catalog.int8
FROM public.scheduled_reports AS r
WHERE r.report_type = ANY (auditproof.report_types()) AND r.status IS DISTINCT FROM 'cancelled'
  AND r.next_run_at <= pg_catalog.statement_timestamp()
LIMIT 1
FOR NO KEY UPDATE SKIP LOCKED
