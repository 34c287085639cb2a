-- Why nobody wants a run any more, or NULL. What it is of was settled when it was due: a schedule, format or type of ours that
-- was changed since is that of later runs.
CREATE OR REPLACE FUNCTION auditproof.run_unwanted(run auditproof.report_run) RETURNS text
LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET row_security = on
AS $body$
    SELECT CASE WHEN r.id IS NULL THEN 'the report was deleted, or is of the application''s types now'
                WHEN r.organization_id <> (run).chain_id THEN 'the report was moved to another organization'
                WHEN r.status = 'cancelled' THEN 'the report was cancelled' END
      FROM (VALUES ((run).report_id)) AS v (id)
      LEFT JOIN public.scheduled_reports r ON r.id = v.id AND r.report_type = ANY (auditproof.report_types())
$body$;
