-- Cancels the runs of a report that have not ended, and tells of it in the organization's chain, unless there are none and
-- the report was cancelled before. Returns how many they are; NULL where there is no such report, nor a run of it. A report
-- that the application has deleted may have left some.
CREATE OR REPLACE FUNCTION auditproof.run_cancel(report uuid) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET row_security = on
AS $body$
DECLARE
    known record;
    chain uuid;
    type text;
    cancelled bigint;
BEGIN
    SELECT r.organization_id, r.report_type, r.status INTO known
      FROM public.scheduled_reports r WHERE r.id = report AND r.report_type = ANY (auditproof.report_types());
    chain := known.organization_id;
    type := known.report_type;
    IF chain IS NULL THEN
        SELECT r.chain_id, r.report_type INTO chain, type FROM auditproof.report_run r WHERE r.report_id = report LIMIT 1;
    END IF;
    IF chain IS NULL THEN
        RETURN NULL;
    END IF;
    UPDATE auditproof.report_run r SET state = 'cancelled', lease_until = NULL, finished_at = clock_timestamp()
     WHERE r.report_id = report AND r.state IN ('pending', 'running');
    GET DIAGNOSTICS cancelled = ROW_COUNT;
    IF cancelled > 0 OR known.status <> 'cancelled' THEN
        PERFORM auditproof.tell_retention(chain, 'report.cancelled', 'scheduled_report', report, 'medium',
                                          jsonb_build_object('report_type', type, 'runs', cancelled));
    END IF;
    RETURN cancelled;
END
$body$;
