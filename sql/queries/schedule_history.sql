-- Runs of reports, the latest first. Parameters: $1 organization, or NULL for all; $2 report, or NULL; $3 how many at most.
-- Columns: report, organization, type, scheduled_for, state, attempt, runner, finished, verdict, sha256, output_url, what became of
--          its mail, error
SELECT u.report_id, u.chain_id, u.report_type,
       pg_catalog.to_char(u.scheduled_for AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), u.state, u.attempt, u.runner,
       pg_catalog.to_char(u.finished_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), u.verdict,
       pg_catalog.encode(u.sha256, 'hex'), u.output_url,
       (SELECT pg_catalog.string_agg(s.count || ' ' || s.word, ', ' ORDER BY s.word)
        FROM (SELECT CASE m.state WHEN 'sent' THEN 'taken by server' WHEN 'failed' THEN 'failed' ELSE 'queued' END AS word,
                     pg_catalog.count(*) AS count
              FROM auditproof.report_mail AS m
              WHERE m.report_id = u.report_id AND m.scheduled_for = u.scheduled_for
              GROUP BY 1) AS s), u.error
FROM auditproof.report_run AS u
WHERE ($1::pg_catalog.uuid IS NULL OR u.chain_id = $1::pg_catalog.uuid)
  AND ($2::pg_catalog.uuid IS NULL OR u.report_id = $2::pg_catalog.uuid)
ORDER BY u.scheduled_for DESC, u.report_id
LIMIT $3::pg_catalog.int8
