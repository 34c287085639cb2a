-- Runs of reports that have not ended. Parameters: $1 organization, or NULL for all.
-- Columns: state, scheduled_for, type, name, attempt, runner, started_at, lease_until, due_at, error, report, organization;
-- times in microseconds since 1970
SELECT u.state, (extract(epoch FROM u.scheduled_for) * 1000000)::pg_catalog.int8, u.report_type, r.report_name, u.attempt,
       u.runner, (extract(epoch FROM u.started_at) * 1000000)::pg_catalog.int8,
       (extract(epoch FROM u.lease_until) * 1000000)::pg_catalog.int8, (extract(epoch FROM u.due_at) * 1000000)::pg_catalog.int8,
       u.error, u.report_id, u.chain_id
FROM auditproof.report_run AS u LEFT JOIN public.scheduled_reports AS r ON r.id = u.report_id
WHERE u.state IN ('pending', 'running') AND ($1::pg_catalog.uuid IS NULL OR u.chain_id = $1::pg_catalog.uuid)
ORDER BY u.due_at, u.report_id, u.scheduled_for
