-- Keeps a run that was claimed for so long again. False when it is no longer the caller's: another runner has it, or nobody
-- wants it any more, which ends it.
CREATE OR REPLACE FUNCTION auditproof.run_renew(report uuid, scheduled timestamptz, attempt integer, lease interval)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    run auditproof.report_run;
    why text;
BEGIN
    SELECT r.* INTO run FROM auditproof.report_run r
     WHERE r.report_id = report AND r.scheduled_for = scheduled AND r.state = 'running' AND r.attempt = run_renew.attempt
       AND lease BETWEEN interval '1 second' AND interval '1 day'
       FOR UPDATE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    why := auditproof.run_unwanted(run);
    UPDATE auditproof.report_run r
       SET state = CASE WHEN why IS NULL THEN 'running' ELSE 'cancelled' END, error = coalesce(why, run.error),
           lease_until = CASE WHEN why IS NULL THEN clock_timestamp() + lease END,
           finished_at = CASE WHEN why IS NOT NULL THEN clock_timestamp() END
     WHERE r.report_id = report AND r.scheduled_for = scheduled;
    RETURN why IS NULL;
END
$body$;
