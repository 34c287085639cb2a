-- Has the runs of a report that failed or were cancelled tried again, as often as one that was never tried, and tells of it
-- in the organization's chain. Returns how many they are.
CREATE OR REPLACE FUNCTION auditproof.run_again(report uuid) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET row_security = on
AS $body$
DECLARE
    now_at CONSTANT timestamptz := clock_timestamp();
    again record;
    total bigint := 0;
BEGIN
    FOR again IN
        WITH these AS (
            UPDATE auditproof.report_run r
               SET state = 'pending', forgiven = r.attempt, due_at = now_at, retried_at = now_at, error = NULL, finished_at = NULL,
                   told_by = NULL
             WHERE r.report_id = report AND r.state IN ('failed', 'cancelled')
            RETURNING r.chain_id, r.report_type, r.scheduled_for
        )
        SELECT t.chain_id, t.report_type, count(*) AS runs, min(t.scheduled_for) AS first, max(t.scheduled_for) AS last
          FROM these t GROUP BY t.chain_id, t.report_type
    LOOP
        PERFORM auditproof.tell_retention(again.chain_id, 'report.retried', 'scheduled_report', report, 'low',
            jsonb_build_object('report_type', again.report_type, 'runs', again.runs, 'first', auditproof.time_text(again.first),
                               'last', auditproof.time_text(again.last)));
        total := total + again.runs;
    END LOOP;
    RETURN total;
END
$body$;
