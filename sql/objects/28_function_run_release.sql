-- Gives a run back that is not finished, to be taken up at once; the attempt does not count. False when it is no longer the
-- caller's.
CREATE OR REPLACE FUNCTION auditproof.run_release(report uuid, scheduled timestamptz, attempt integer) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $body$
BEGIN
    UPDATE auditproof.report_run r
       SET state = 'pending', forgiven = r.forgiven + 1, due_at = clock_timestamp(), lease_until = NULL
     WHERE r.report_id = report AND r.scheduled_for = scheduled AND r.state = 'running' AND r.attempt = run_release.attempt;
    RETURN FOUND;
END
$body$;
