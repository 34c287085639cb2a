-- Records the times at which a report was due, to be run; those that are to be passed over, as that. What it is and whose
-- is read here, not taken from the caller. Returns how many were not known.
CREATE OR REPLACE FUNCTION auditproof.run_plan(report uuid, scheduled timestamptz[], from_at timestamptz[],
                                               until_at timestamptz[], skipped boolean[]) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET row_security = on
AS $body$
DECLARE
    now_at CONSTANT timestamptz := clock_timestamp();
    known bigint;
BEGIN
    INSERT INTO auditproof.report_run (report_id, scheduled_for, chain_id, report_type, format, from_at, until_at, state, attempt,
                                       due_at, finished_at)
    SELECT r.id, n.scheduled, r.organization_id, r.report_type, coalesce(r.format, 'json'), n.from_at, n.until_at,
           CASE WHEN n.skipped THEN 'skipped' ELSE 'pending' END, 0, greatest(n.scheduled, now_at),
           CASE WHEN n.skipped THEN now_at END
      FROM public.scheduled_reports r, unnest(scheduled, from_at, until_at, skipped) AS n (scheduled, from_at, until_at, skipped)
     WHERE r.id = report AND r.report_type = ANY (auditproof.report_types())
    ON CONFLICT DO NOTHING;
    GET DIAGNOSTICS known = ROW_COUNT;
    RETURN known;
END
$body$;
