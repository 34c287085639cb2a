-- Has a run that failed or was cancelled tried again, as often as one that was never tried. False when there is no such run.
CREATE OR REPLACE FUNCTION auditproof.run_again(report uuid, scheduled timestamptz) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $body$
BEGIN
    UPDATE auditproof.report_run r
       SET state = 'pending', forgiven = r.attempt, due_at = clock_timestamp(), error = NULL, finished_at = NULL, told_by = NULL
     WHERE r.report_id = report AND r.scheduled_for = scheduled AND r.state IN ('failed', 'cancelled');
    RETURN FOUND;
END
$body$;
