-- Have runs of a report that failed, or were cancelled, tried again. Parameters: $1 report. Result: how many
SELECT pg_catalog.count(*) FILTER (WHERE auditproof.run_again(u.report_id, u.scheduled_for))
FROM auditproof.report_run AS u
WHERE u.report_id = $1::pg_catalog.uuid AND u.state IN ('failed', 'cancelled')
