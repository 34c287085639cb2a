-- What somebody should know of reports. Parameters: $1 grace in seconds, $2 organization, or NULL for all.
-- Columns: moment, since, scheduled_for, type, name, state, attempt, runner, error, told_at, report, organization, recipient; times
-- in microseconds since 1970
SELECT x.moment, (extract(epoch FROM x.since) * 1000000)::pg_catalog.int8,
       CASE WHEN x.moment <> 'wrong' THEN (extract(epoch FROM x.scheduled_for) * 1000000)::pg_catalog.int8 END, x.report_type,
       x.name, x.state, x.attempt, x.runner, x.error, (extract(epoch FROM n.told_at) * 1000000)::pg_catalog.int8, x.report_id,
       x.chain_id, x.recipient
FROM auditproof.report_trouble($1::pg_catalog.int8 * interval '1 second') AS x
LEFT JOIN auditproof.report_notice AS n USING (report_id, scheduled_for, moment, about)
WHERE $2::pg_catalog.uuid IS NULL OR x.chain_id = $2::pg_catalog.uuid
ORDER BY x.since, x.report_id, x.scheduled_for
