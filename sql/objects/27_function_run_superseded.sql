-- Whether a run is of a digest, and a later one of the same report is recorded.
CREATE OR REPLACE FUNCTION auditproof.run_superseded(run auditproof.report_run) RETURNS boolean
LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $body$
    SELECT (run).report_type = ANY (auditproof.report_digests())
       AND EXISTS (SELECT FROM auditproof.report_run r
                    WHERE r.report_id = (run).report_id AND r.scheduled_for > (run).scheduled_for)
$body$;
