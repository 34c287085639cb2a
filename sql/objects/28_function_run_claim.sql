-- Claim a run that is due for so long, or one whose runner stopped without a word: no row when there is none. One that was
-- tried `most` times ends here, failed, and is returned as that. What nobody wants any more is passed over, for good.
-- The latest is first, so that nobody's backlog delays what others have due now.
CREATE OR REPLACE FUNCTION auditproof.run_claim(runner text, lease interval, most integer) RETURNS SETOF auditproof.report_run
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET row_security = on
AS $body$
DECLARE
    now_at CONSTANT timestamptz := clock_timestamp();
    run auditproof.report_run;
    why text;
    passed_over boolean;
BEGIN
    IF lease NOT BETWEEN interval '1 second' AND interval '1 day' OR most < 1 OR run_claim.runner !~ '\S' THEN
        RAISE EXCEPTION 'a run is claimed by a runner with a name, for a second to a day, to be tried at least once'
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    LOOP
        SELECT r.* INTO run FROM auditproof.report_run r
         WHERE r.state IN ('pending', 'running') AND r.due_at <= now_at
           AND (r.state = 'pending' OR r.lease_until < now_at)
         ORDER BY r.scheduled_for DESC, r.report_id DESC
         LIMIT 1 FOR UPDATE SKIP LOCKED;
        IF NOT FOUND THEN
            RETURN;
        END IF;
        why := auditproof.run_unwanted(run);
        passed_over := why IS NOT NULL OR run.state = 'running' AND auditproof.run_superseded(run);
        IF why IS NOT NULL THEN
            run.state := 'cancelled';
            run.error := why;
        ELSIF passed_over THEN
            run.state := 'skipped';
        ELSIF run.attempt - run.forgiven >= most THEN
            run.error := coalesce(run.error, format('runner %s stopped without a word, at attempt %s of %s', run.runner,
                                                    run.attempt - run.forgiven, most));
            run.state := 'failed';
            run.told_by := auditproof.run_end(run);
        ELSE
            run.state := 'running';
            run.attempt := run.attempt + 1;
            run.runner := run_claim.runner;
            run.started_at := now_at;
        END IF;
        run.lease_until := CASE run.state WHEN 'running' THEN now_at + lease END;
        run.finished_at := CASE WHEN run.state <> 'running' THEN now_at END;
        UPDATE auditproof.report_run r
           SET state = run.state, attempt = run.attempt, runner = run.runner, started_at = run.started_at,
               lease_until = run.lease_until, error = run.error, finished_at = run.finished_at, told_by = run.told_by
         WHERE r.report_id = run.report_id AND r.scheduled_for = run.scheduled_for;
        EXIT WHEN NOT passed_over;
    END LOOP;
    RETURN NEXT run;
END
$body$;
