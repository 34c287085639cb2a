-- Claim a run. Parameters: $1 runner, $2 lease in seconds, $3 how often one is tried at most.
-- Columns: report_id, scheduled_for, chain_id, report_type, format, from, until, state, attempt, error, report_name, which of the
--          attempts that count it is;
--          times in microseconds since 1970. No row where there is nothing to do
SELECT c.report_id, (extract(epoch FROM c.scheduled_for) * 1000000)::pg_catalog.int8, c.chain_id, c.report_type, c.format,
       (extract(epoch FROM c.from_at) * 1000000)::pg_catalog.int8,
       (extract(epoch FROM c.until_at) * 1000000)::pg_catalog.int8, c.state, c.attempt, c.error, r.report_name,
       c.attempt - c.forgiven
FROM auditproof.run_claim($1::pg_catalog.text, $2::pg_catalog.int4 * interval '1 second', $3::pg_catalog.int4) AS c
LEFT JOIN public.scheduled_reports AS r ON r.id = c.report_id
