-- Runs of reports, the latest first. Parameters: $1 organization, or NULL for all; $2 report, or NULL; $3 how many at most.
-- Columns: scheduled_for, state, type, attempt, verdict, from, until, finished, runner, error, what became of its
-- mail, output_url, sha256, report, organization; times in microseconds since 1970
SELECT (extract(epoch FROM u.scheduled_for) * 1000000)::pg_catalog.int8, u.state, u.report_type, u.attempt, u.verdict,
       (extract(epoch FROM u.from_at) * 1000000)::pg_catalog.int8, (extract(epoch FROM u.until_at) * 1000000)::pg_catalog.int8,
       (extract(epoch FROM u.finished_at) * 1000000)::pg_catalog.int8, u.runner, u.error,
       (SELECT pg_catalog.string_agg(s.count || ' ' || s.word, ', ' ORDER BY s.word)
        FROM (SELECT CASE m.state WHEN 'sent' THEN 'taken by server' WHEN 'failed' THEN 'failed' ELSE 'queued' END AS word,
                     pg_catalog.count(*) AS count
              FROM auditproof.report_mail AS m
              WHERE m.report_id = u.report_id AND m.scheduled_for = u.scheduled_for
              GROUP BY 1) AS s),
       u.output_url, pg_catalog.encode(u.sha256, 'hex'), u.report_id, u.chain_id
FROM auditproof.report_run AS u
WHERE ($1::pg_catalog.uuid IS NULL OR u.chain_id = $1::pg_catalog.uuid)
  AND ($2::pg_catalog.uuid IS NULL OR u.report_id = $2::pg_catalog.uuid)
ORDER BY u.scheduled_for DESC, u.report_id
LIMIT $3::pg_catalog.int8
