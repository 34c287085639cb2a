-- Cancels the runs of a report that have not ended. Returns how many.
CREATE OR REPLACE FUNCTION auditproof.run_cancel(report uuid) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    cancelled bigint;
BEGIN
    UPDATE auditproof.report_run r SET state = 'cancelled', lease_until = NULL, finished_at = clock_timestamp()
     WHERE r.report_id = report AND r.state IN ('pending', 'running');
    GET DIAGNOSTICS cancelled = ROW_COUNT;
    RETURN cancelled;
END
$body$;
