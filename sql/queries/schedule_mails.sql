-- Mails of reports, the latest first. Parameters: $1 organization, or NULL for all; $2 report, or NULL; $3 how many at most.
-- Columns: report, organization, scheduled_for, recipient, what became of it, attempt, queued, ended, message_id, error
SELECT m.report_id, m.chain_id, pg_catalog.to_char(m.scheduled_for AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), m.recipient,
       CASE m.state WHEN 'sent' THEN 'taken by server' WHEN 'failed' THEN 'failed' ELSE 'queued' END, m.attempt,
       pg_catalog.to_char(m.queued_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
       pg_catalog.to_char(m.ended_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), m.message_id, m.error
FROM auditproof.report_mail AS m
WHERE ($1::pg_catalog.uuid IS NULL OR m.chain_id = $1::pg_catalog.uuid)
  AND ($2::pg_catalog.uuid IS NULL OR m.report_id = $2::pg_catalog.uuid)
ORDER BY m.scheduled_for DESC, m.report_id, m.recipient
LIMIT $3::pg_catalog.int8
