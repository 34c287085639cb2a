-- Records how an attempt ended, and where that was the last one tells of it in the organization's chain. `again` is when to
-- try again, for one that failed; NULL gives it up. False when the run is no longer the caller's: another runner has it.
CREATE OR REPLACE FUNCTION auditproof.run_finish(report uuid, scheduled timestamptz, attempt integer, error text,
                                                 again interval, output_url text, sha256 bytea, bytes bigint, verdict text)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET row_security = on
AS $body$
DECLARE
    now_at CONSTANT timestamptz := clock_timestamp();
    run auditproof.report_run;
BEGIN
    SELECT r.* INTO run FROM auditproof.report_run r
     WHERE r.report_id = report AND r.scheduled_for = scheduled AND r.state = 'running' AND r.attempt = run_finish.attempt
       FOR UPDATE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    run.error := run_finish.error;
    run.lease_until := NULL;
    IF run.error IS NULL THEN
        run.state := 'succeeded';
        run.output_url := run_finish.output_url;
        run.sha256 := run_finish.sha256;
        run.bytes := run_finish.bytes;
        run.verdict := run_finish.verdict;
    ELSIF again IS NULL THEN
        run.state := 'failed';
    ELSE
        run.state := 'pending';
        run.due_at := now_at + again;
    END IF;
    IF run.state <> 'pending' THEN
        run.finished_at := now_at;
        run.told_by := auditproof.run_end(run);
    END IF;
    UPDATE auditproof.report_run r
       SET state = run.state, due_at = run.due_at, lease_until = NULL, finished_at = run.finished_at, error = run.error,
           output_url = run.output_url, sha256 = run.sha256, bytes = run.bytes, verdict = run.verdict, told_by = run.told_by
     WHERE r.report_id = report AND r.scheduled_for = scheduled;
    RETURN true;
END
$body$;
