-- A report that auditproof runs. Parameters: $1 its id. Times in microseconds since 1970.
-- Columns: organization, type, name, status, scheduling, next_run_at, created_at, from and before of its own dates' days, or
--          NULL, now
SELECT r.organization_id, r.report_type, r.report_name, r.status, coalesce(r.scheduling, '{}')::pg_catalog.text,
       CASE WHEN r.next_run_at BETWEEN timestamptz '0001-01-01Z' AND timestamptz '9999-12-31Z'
            THEN (extract(epoch FROM r.next_run_at) * 1000000)::pg_catalog.int8 END,
       (extract(epoch FROM CASE WHEN r.created_at BETWEEN timestamptz '0001-01-01Z' AND pg_catalog.clock_timestamp()
                                THEN r.created_at ELSE pg_catalog.clock_timestamp() END) * 1000000)::pg_catalog.int8,
       CASE WHEN d.days THEN r.start_date - date '1970-01-01' END,
       CASE WHEN d.days THEN r.end_date - date '1970-01-01' + 1 END,
       (extract(epoch FROM pg_catalog.clock_timestamp()) * 1000000)::pg_catalog.int8
FROM public.scheduled_reports AS r
CROSS JOIN LATERAL (SELECT r.start_date BETWEEN date '0001-01-01' AND r.end_date AND r.end_date < date '9999-12-31') AS d (days)
WHERE r.id = $1::pg_catalog.uuid AND r.report_type = ANY (auditproof.report_types())
