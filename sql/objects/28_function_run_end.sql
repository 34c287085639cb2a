-- Writes the entry that tells how a run ended. Its id is of a hash of its salt, so that no application can write one that
-- would be taken for it.
CREATE OR REPLACE FUNCTION auditproof.run_end(run auditproof.report_run) RETURNS uuid
LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET row_security = on
AS $body$
    SELECT auditproof.tell_retention((run).chain_id,
        CASE (run).state WHEN 'succeeded' THEN 'report.completed' ELSE 'report.failed' END, 'scheduled_report', (run).report_id,
        CASE (run).state WHEN 'succeeded' THEN 'low' ELSE 'high' END,
        jsonb_strip_nulls(jsonb_build_object('report_type', (run).report_type, 'format', (run).format,
            'scheduled_for', auditproof.time_text((run).scheduled_for), 'from', auditproof.time_text((run).from_at),
            'until', auditproof.time_text((run).until_at), 'attempt', (run).attempt, 'verdict', (run).verdict,
            'sha256', encode((run).sha256, 'hex'), 'bytes', (run).bytes, 'bundle_sha256', encode((run).bundle_sha256, 'hex'), 'error', (run).error)))
$body$;
