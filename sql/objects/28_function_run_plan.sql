-- Records the times at which a report was due, to be run. What it is and whose is read here, not taken from the caller. Returns how many were not known.
CREATE OR REPLACE FUNCTION auditproof.run_plan(report uuid, scheduled timestamptz[], from_at timestamptz[],
                                               until_at timestamptz[]) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET row_security = on
AS $body$
DECLARE
    now_at CONSTANT timestamptz := clock_timestamp();
    known bigint;
BEGIN
    INSERT INTO auditproof.report_run (report_id, scheduled_for, chain_id, report_type, format, from_at, until_at, state, attempt,
                                       due_at)
    SELECT r.id, n.scheduled, r.organization_id, r.report_type, coalesce(r.format, 'json'), n.from_at, n.until_at,
           'pending', 0, greatest(n.scheduled, now_at)
      FROM public.scheduled_reports r, unnest(scheduled, from_at, until_at) AS n (scheduled, from_at, until_at)
     WHERE r.id = report AND r.report_type = ANY (auditproof.report_types())
    ON CONFLICT DO NOTHING;
    GET DIAGNOSTICS known = ROW_COUNT;
    RETURN known;
END
$body$;
