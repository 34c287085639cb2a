-- Runs of reports by state and type. Parameters: none. Columns: state, type, how many, the last that finished, in seconds since
-- 1970, or NULL
SELECT u.state, u.report_type, pg_catalog.count(*),
       pg_catalog.max(extract(epoch FROM u.finished_at)::pg_catalog.int8)
FROM auditproof.report_run AS u
GROUP BY u.state, u.report_type
ORDER BY u.report_type, u.state
