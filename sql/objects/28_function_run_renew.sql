-- Keeps a run that was claimed for so long again. False when it is no longer the caller's: another runner has it.
CREATE OR REPLACE FUNCTION auditproof.run_renew(report uuid, scheduled timestamptz, attempt integer, lease interval)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $body$
BEGIN
    UPDATE auditproof.report_run r SET lease_until = clock_timestamp() + lease
     WHERE r.report_id = report AND r.scheduled_for = scheduled AND r.state = 'running' AND r.attempt = run_renew.attempt
       AND lease BETWEEN interval '1 second' AND interval '1 day';
    RETURN FOUND;
END
$body$;
