-- A report that never had a time, and is due by its schedule: it was created by somebody who left that to it. Kept for this
-- transaction.
-- Parameters: none. Columns: as schedule_due has them
SELECT r.id, coalesce(r.scheduling, '{}')::pg_catalog.text,
       CASE WHEN r.next_run_at BETWEEN timestamptz '0001-01-01Z' AND timestamptz '9999-12-31Z'
            THEN (extract(epoch FROM r.next_run_at) * 1000000)::pg_catalog.int8 END,
       (extract(epoch FROM CASE WHEN r.created_at BETWEEN timestamptz '0001-01-01Z' AND pg_catalog.clock_timestamp()
                                THEN r.created_at ELSE pg_catalog.clock_timestamp() END) * 1000000)::pg_catalog.int8,
       CASE WHEN d.days THEN r.start_date - date '1970-01-01' END, CASE WHEN d.days THEN r.end_date - date '1970-01-01' + 1 END,
       (extract(epoch FROM pg_catalog.clock_timestamp()) * 1000000)::pg_catalog.int8
FROM public.scheduled_reports AS r
CROSS JOIN LATERAL (SELECT r.start_date BETWEEN date '0001-01-01' AND r.end_date AND r.end_date < date '9999-12-31') AS d (days)
WHERE r.report_type = ANY (auditproof.report_types()) AND r.next_run_at IS NULL AND r.status = 'pending'
LIMIT 1
FOR NO KEY UPDATE OF r SKIP LOCKED
