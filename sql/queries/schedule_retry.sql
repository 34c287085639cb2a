-- Have runs of a report that failed, or were cancelled, tried again. Parameters: $1 report. Result: how many; NULL where the
-- report is cancelled, and none of its runs are made
SELECT CASE WHEN NOT EXISTS (SELECT FROM public.scheduled_reports AS r WHERE r.id = $1::pg_catalog.uuid AND r.status = 'cancelled')
            THEN auditproof.run_again($1::pg_catalog.uuid) END
