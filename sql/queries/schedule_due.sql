-- A report whose time has come and that nobody else plans: kept for this transaction. Any of them, in no order, which their
-- index would not give; and by a time that it can be searched for, which clock_timestamp() is not.
-- Parameters: none. Times in microseconds since 1970.
-- Columns: id, scheduling, next_run_at, created_at, from and before of its own dates' days, now. What no calendar has, but an
--          application may write, is NULL
SELECT r.id, coalesce(r.scheduling, '{}')::pg_catalog.text,
       CASE WHEN r.next_run_at BETWEEN timestamptz '0001-01-01Z' AND timestamptz '9999-12-31Z'
            THEN (extract(epoch FROM r.next_run_at) * 1000000)::pg_catalog.int8 END,
       (extract(epoch FROM CASE WHEN r.created_at BETWEEN timestamptz '0001-01-01Z' AND pg_catalog.clock_timestamp()
                                THEN r.created_at ELSE pg_catalog.clock_timestamp() END) * 1000000)::pg_catalog.int8,
       CASE WHEN d.days THEN r.start_date - date '1970-01-01' END, CASE WHEN d.days THEN r.end_date - date '1970-01-01' + 1 END,
       (extract(epoch FROM pg_catalog.clock_timestamp()) * 1000000)::pg_catalog.int8
FROM public.scheduled_reports AS r
CROSS JOIN LATERAL (SELECT r.start_date BETWEEN date '0001-01-01' AND r.end_date AND r.end_date < date '9999-12-31') AS d (days)
WHERE r.report_type = ANY (auditproof.report_types()) AND r.status IS DISTINCT FROM 'cancelled'
  AND r.next_run_at <= pg_catalog.statement_timestamp()
LIMIT 1
FOR NO KEY UPDATE OF r SKIP LOCKED
