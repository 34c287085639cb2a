-- Records the times at which a report was due, to be run; `more`: there are later ones, to be planned next. What it is and
-- whose is read here, not taken from the caller. Of a digest only the last of all is run. Returns how many were not known.
CREATE OR REPLACE FUNCTION auditproof.run_plan(report uuid, scheduled timestamptz[], from_at timestamptz[],
                                               until_at timestamptz[], more boolean) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET row_security = on
AS $body$
DECLARE
    now_at CONSTANT timestamptz := clock_timestamp();
    latest CONSTANT timestamptz := (SELECT max(s.at) FROM unnest(scheduled) AS s (at));
    known bigint;
BEGIN
    INSERT INTO auditproof.report_run (report_id, scheduled_for, chain_id, report_type, format, from_at, until_at, state, attempt,
                                       forgiven, due_at, finished_at)
    SELECT n.id, n.scheduled, n.organization_id, n.report_type, n.format, n.from_at, n.until_at,
           CASE WHEN n.skipped THEN 'skipped' ELSE 'pending' END, 0, 0, greatest(n.scheduled, now_at),
           CASE WHEN n.skipped THEN now_at END
      FROM (SELECT r.id, r.organization_id, r.report_type, coalesce(r.format, 'json') AS format, t.*,
                   r.report_type = ANY (auditproof.report_digests()) AND (more OR t.scheduled < latest) AS skipped
              FROM public.scheduled_reports r, unnest(scheduled, from_at, until_at) AS t (scheduled, from_at, until_at)
             WHERE r.id = report AND r.report_type = ANY (auditproof.report_types())) AS n
    ON CONFLICT DO NOTHING;
    GET DIAGNOSTICS known = ROW_COUNT;
    -- One that a runner claims just now is run: this waits for nobody, who could be waiting for the report.
    UPDATE auditproof.report_run r SET state = 'skipped', finished_at = now_at
      FROM (SELECT p.report_id, p.scheduled_for FROM auditproof.report_run p
             WHERE p.report_id = report AND p.scheduled_for < latest AND p.state = 'pending'
               AND p.report_type = ANY (auditproof.report_digests()) FOR UPDATE SKIP LOCKED) AS old
     WHERE r.report_id = old.report_id AND r.scheduled_for = old.scheduled_for;
    RETURN known;
END
$body$;
