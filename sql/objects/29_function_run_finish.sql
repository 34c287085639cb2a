-- Records how an attempt ended, and where that was the last one tells of it in the organization's chain. `again` is when to
-- try again, for one that failed; NULL gives it up. False when the run is no longer the caller's: another runner has it, or
-- nobody wants it any more. Who was not told whether it was recorded may ask again. What succeeded is to be mailed to whoever
-- the report names by then.
CREATE OR REPLACE FUNCTION auditproof.run_finish(report uuid, scheduled timestamptz, attempt integer, error text,
                                                 again interval, output_url text, sha256 bytea, bytes bigint, verdict text,
                                                 bundle_sha256 bytea)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET row_security = on
AS $body$
DECLARE
    now_at CONSTANT timestamptz := clock_timestamp();
    run auditproof.report_run;
    why text;
BEGIN
    SELECT r.* INTO run FROM auditproof.report_run r
     WHERE r.report_id = report AND r.scheduled_for = scheduled AND r.attempt = run_finish.attempt
       FOR UPDATE;
    IF run.state = 'succeeded' AND run_finish.error IS NULL AND run.sha256 = run_finish.sha256 THEN
        RETURN true;
    END IF;
    IF run.state IN ('pending', 'failed') AND run.error = run_finish.error THEN
        RETURN true; -- recorded the first time
    END IF;
    IF run.state IS DISTINCT FROM 'running' THEN
        RETURN false;
    END IF;
    why := auditproof.run_unwanted(run);
    run.error := coalesce(why, run_finish.error);
    IF why IS NOT NULL THEN
        run.state := 'cancelled';
    ELSIF run.error IS NULL THEN
        run.state := 'succeeded';
        run.output_url := run_finish.output_url;
        run.sha256 := run_finish.sha256;
        run.bytes := run_finish.bytes;
        run.verdict := run_finish.verdict;
        run.bundle_sha256 := run_finish.bundle_sha256;
    ELSIF again IS NULL THEN
        run.state := 'failed';
    ELSIF auditproof.run_superseded(run) THEN
        run.state := 'skipped';
    ELSE
        run.state := 'pending';
        run.due_at := now_at + again;
    END IF;
    IF run.state <> 'pending' THEN
        run.finished_at := now_at;
    END IF;
    IF run.state IN ('succeeded', 'failed') THEN
        run.told_by := auditproof.run_end(run);
    END IF;
    UPDATE auditproof.report_run r
       SET state = run.state, due_at = run.due_at, lease_until = NULL, finished_at = run.finished_at, error = run.error,
           output_url = run.output_url, sha256 = run.sha256, bytes = run.bytes, verdict = run.verdict,
           bundle_sha256 = run.bundle_sha256, told_by = run.told_by
     WHERE r.report_id = report AND r.scheduled_for = scheduled;
    IF run.state = 'succeeded' THEN
        PERFORM auditproof.mail_queue(run);
    END IF;
    RETURN why IS NULL;
END
$body$;
