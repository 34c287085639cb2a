-- What somebody should know of reports: a run that failed for good ('failed'), one that should have been done for longer than
-- `grace` ('late'), also where nobody has planned it, a report that cannot be planned ('wrong'), and mail that nobody took,
-- for good or for so long ('mail'). Nothing of a report that was cancelled, nor of a digest with a later one, nor of who is
-- not to have it any more, or got a later one: that settles them. (report_id, scheduled_for, moment, about) is the same
-- for as long as it is the same trouble, and another when it comes again.
CREATE OR REPLACE FUNCTION auditproof.report_trouble(grace interval)
RETURNS TABLE (moment text, about text, report_id uuid, scheduled_for timestamptz, chain_id uuid, report_type text, format text,
               name text, state text, since timestamptz, attempt integer, runner text, lease_until timestamptz,
               due_at timestamptz, from_at timestamptz, until_at timestamptz, error text, recipient text)
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $body$
WITH runs AS (
    SELECT r AS run, s.report_name, coalesce(r.retried_at, r.scheduled_for) AS wanted
      FROM auditproof.report_run r
      JOIN public.scheduled_reports s ON s.id = r.report_id AND s.organization_id = r.chain_id
     WHERE r.state IN ('pending', 'running', 'failed') AND s.status IS DISTINCT FROM 'cancelled'
       AND NOT auditproof.run_superseded(r)
)
SELECT 'failed', coalesce((u.run).told_by::text, ''), (u.run).report_id, (u.run).scheduled_for, (u.run).chain_id,
       (u.run).report_type, (u.run).format, u.report_name, (u.run).state, (u.run).finished_at, (u.run).attempt, (u.run).runner,
       NULL::timestamptz, NULL::timestamptz, (u.run).from_at, (u.run).until_at, (u.run).error, NULL
  FROM runs u WHERE (u.run).state = 'failed'
UNION ALL
SELECT 'late', auditproof.time_text(u.wanted), (u.run).report_id, (u.run).scheduled_for, (u.run).chain_id, (u.run).report_type,
       (u.run).format, u.report_name, (u.run).state, u.wanted, (u.run).attempt, (u.run).runner, (u.run).lease_until,
       (u.run).due_at, (u.run).from_at, (u.run).until_at, (u.run).error, NULL
  FROM runs u WHERE (u.run).state IN ('pending', 'running') AND u.wanted + grace < clock_timestamp()
UNION ALL
SELECT 'late', auditproof.time_text(p.due), p.id, p.due, p.organization_id, p.report_type, p.format, p.report_name, 'unplanned',
       p.due, 0, NULL, NULL, p.due, NULL, NULL, NULL, NULL
  FROM (SELECT s.*, CASE WHEN s.next_run_at IS NOT NULL THEN s.next_run_at
                         WHEN s.status = 'pending' AND coalesce(s.scheduling ->> 'frequency', 'once') = 'once'
                         THEN s.created_at END AS due
          FROM public.scheduled_reports s) p
 WHERE p.report_type = ANY (auditproof.report_types()) AND p.status IS DISTINCT FROM 'cancelled' AND isfinite(p.due)
   AND p.due + grace < clock_timestamp()
   AND NOT EXISTS (SELECT FROM auditproof.report_run r WHERE r.report_id = p.id AND r.scheduled_for = p.due)
UNION ALL
SELECT 'wrong', '', s.id, w.at, s.organization_id, s.report_type, s.format, s.report_name, 'wrong', w.at, 0, NULL, NULL, NULL,
       NULL, NULL, s.error_message, NULL
  FROM public.scheduled_reports s, LATERAL (SELECT CASE WHEN isfinite(s.updated_at) THEN s.updated_at ELSE 'epoch' END) AS w (at)
 WHERE s.report_type = ANY (auditproof.report_types()) AND s.status = 'failed' AND s.next_run_at IS NULL
   AND NOT EXISTS (SELECT FROM auditproof.report_run r
                    WHERE r.report_id = s.id AND r.state = 'failed' AND r.error = s.error_message)
UNION ALL
SELECT 'mail', encode(sha256(convert_to(m.recipient, 'UTF8')), 'hex') || coalesce(' ' || auditproof.time_text(m.ended_at), ''), m.report_id, m.scheduled_for, m.chain_id,
       u.report_type, u.format, s.report_name, m.state, coalesce(m.ended_at, m.queued_at), m.attempt, m.runner, m.lease_until,
       m.due_at, u.from_at, u.until_at, m.error, m.recipient
  FROM auditproof.report_mail m
  JOIN auditproof.report_run u ON u.report_id = m.report_id AND u.scheduled_for = m.scheduled_for
  JOIN public.scheduled_reports s ON s.id = m.report_id AND s.organization_id = m.chain_id
 WHERE (m.state = 'failed' OR m.state IN ('pending', 'sending') AND m.queued_at + grace < clock_timestamp())
   AND s.status IS DISTINCT FROM 'cancelled'
   AND EXISTS (SELECT FROM unnest(s.delivery_emails) AS e (address)
                WHERE left(lower(btrim(e.address, E' \t\r\n') COLLATE "C"), 254) = m.recipient)
   AND NOT EXISTS (SELECT FROM auditproof.report_mail n
                    WHERE n.report_id = m.report_id AND n.recipient = m.recipient AND n.scheduled_for > m.scheduled_for
                      AND n.state = 'sent')
$body$;
