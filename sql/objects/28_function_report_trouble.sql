-- What somebody should know of reports: a run that failed for good ('failed'), one that should have been done for longer than
-- `grace` ('late'), also where nobody has planned it, a report that cannot be planned or has no next time ('wrong'), and mail
-- that nobody took, for good or for so long ('mail'). Nothing of a report that was cancelled, nor of a digest with a later one,
-- nor of who is not to have it any more, or got a later one: that settles them; but a digest is late since the first one
-- that was skipped. (report_id, scheduled_for, moment, about) is the same for as long as it is the same trouble, and another
-- when it comes again. What an application can write, such as the year 294276, must not stop this for everybody.
CREATE OR REPLACE FUNCTION auditproof.report_trouble(grace interval)
RETURNS TABLE (moment text, about text, report_id uuid, scheduled_for timestamptz, chain_id uuid, report_type text, format text,
               name text, state text, since timestamptz, attempt integer, runner text, lease_until timestamptz,
               due_at timestamptz, from_at timestamptz, until_at timestamptz, error text, recipient text)
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $body$
WITH runs AS (
    SELECT r AS run, s.report_name, coalesce(r.retried_at, k.first, r.scheduled_for) AS wanted
      FROM auditproof.report_run r
      JOIN public.scheduled_reports s ON s.id = r.report_id AND s.organization_id = r.chain_id
      CROSS JOIN LATERAL (SELECT min(v.scheduled_for) AS first FROM auditproof.report_run v
                           WHERE r.report_type = ANY (auditproof.report_digests()) AND v.report_id = r.report_id
                             AND v.state = 'skipped' AND v.scheduled_for < r.scheduled_for
                             AND v.scheduled_for > coalesce((SELECT max(d.scheduled_for) FROM auditproof.report_run d
                                                              WHERE d.report_id = r.report_id
                                                                AND d.state IN ('succeeded', 'failed', 'cancelled')),
                                                            '-infinity')) AS k
     WHERE r.state IN ('pending', 'running', 'failed') AND s.status IS DISTINCT FROM 'cancelled'
       AND NOT auditproof.run_superseded(r)
)
SELECT 'failed', coalesce((u.run).told_by::text, ''), (u.run).report_id, (u.run).scheduled_for, (u.run).chain_id,
       (u.run).report_type, (u.run).format, u.report_name, (u.run).state, (u.run).finished_at, (u.run).attempt, (u.run).runner,
       NULL::timestamptz, NULL::timestamptz, (u.run).from_at, (u.run).until_at, (u.run).error, NULL
  FROM runs u WHERE (u.run).state = 'failed'
UNION ALL
SELECT 'late', auditproof.time_text(coalesce((u.run).retried_at, (u.run).scheduled_for)), (u.run).report_id,
       (u.run).scheduled_for, (u.run).chain_id, (u.run).report_type, (u.run).format, u.report_name, (u.run).state, u.wanted, (u.run).attempt, (u.run).runner, (u.run).lease_until,
       (u.run).due_at, (u.run).from_at, (u.run).until_at, (u.run).error, NULL
  FROM runs u WHERE (u.run).state IN ('pending', 'running') AND u.wanted < clock_timestamp() - grace
UNION ALL
SELECT 'late', auditproof.time_text(p.due), p.id, p.due, p.organization_id, p.report_type, p.format, p.report_name, 'unplanned',
       p.due, 0, NULL, NULL, p.due, NULL, NULL, NULL, NULL
  FROM (SELECT s.*, CASE WHEN s.next_run_at IS NOT NULL THEN s.next_run_at
                         WHEN s.status = 'pending' AND s.created_at BETWEEN '0001-01-01Z' AND clock_timestamp()
                         -- No schedule's first time is later; which it is, only its zone could tell.
                         THEN s.created_at + CASE s.scheduling ->> 'frequency' WHEN 'daily' THEN interval '2 days'
                                                  WHEN 'weekly' THEN interval '8 days' WHEN 'monthly' THEN interval '32 days'
                                                  ELSE interval '0' END
                    END AS due
          FROM public.scheduled_reports s) p
 WHERE p.report_type = ANY (auditproof.report_types()) AND p.status IS DISTINCT FROM 'cancelled'
   AND p.due >= '0001-01-01Z' AND p.due < clock_timestamp() - grace
   AND NOT EXISTS (SELECT FROM auditproof.report_run r WHERE r.report_id = p.id AND r.scheduled_for = p.due)
UNION ALL
SELECT 'wrong', '', s.id, w.at, s.organization_id, s.report_type, s.format, s.report_name, 'wrong', w.at, 0, NULL, NULL, NULL,
       NULL, NULL, s.error_message, NULL
  FROM public.scheduled_reports s, LATERAL (SELECT CASE WHEN s.updated_at BETWEEN '0001-01-01Z' AND '9999-12-31Z'
                                                        THEN s.updated_at ELSE 'epoch' END) AS w (at)
 WHERE s.report_type = ANY (auditproof.report_types()) AND s.status = 'failed' AND s.next_run_at IS NULL
   AND NOT EXISTS (SELECT FROM auditproof.report_run r
                    WHERE r.report_id = s.id AND r.state = 'failed'
                      AND (r.error = s.error_message OR coalesce(s.scheduling ->> 'frequency', 'once') = 'once'))
UNION ALL
SELECT 'wrong', 'stopped', s.id, w.at, s.organization_id, s.report_type, s.format, s.report_name, 'wrong', w.at, 0, NULL, NULL,
       NULL, NULL, NULL, 'its next_run_at is none that ever comes: `auditschedule retry` plans it again, `cancel` ends it', NULL
  FROM public.scheduled_reports s, LATERAL (SELECT CASE WHEN t.at BETWEEN '0001-01-01Z' AND '9999-12-31Z' THEN t.at ELSE 'epoch' END
                                              FROM coalesce(s.last_run_at, s.created_at) AS t (at)) AS w (at)
 WHERE s.report_type = ANY (auditproof.report_types()) AND s.status IS DISTINCT FROM 'cancelled'
   AND (s.next_run_at >= '9999-12-31Z' OR s.next_run_at IS NULL AND coalesce(s.status, '') NOT IN ('pending', 'failed'))
   AND (coalesce(s.scheduling ->> 'frequency', 'once') <> 'once'
        OR NOT EXISTS (SELECT FROM auditproof.report_run r WHERE r.report_id = s.id))
UNION ALL
SELECT 'wrong', 'clock', s.id, a.scheduled_for, s.organization_id, s.report_type, s.format, s.report_name, 'wrong', a.since, 0,
       NULL, NULL, NULL, NULL, NULL,
       format('it was planned up to %s by a clock that was ahead, and nothing is until then: cancel it, and add another',
              auditproof.time_text(a.scheduled_for)), NULL
  FROM public.scheduled_reports s
 CROSS JOIN LATERAL (SELECT r.scheduled_for, least(r.scheduled_for, r.finished_at, clock_timestamp()) AS since
                       FROM auditproof.report_run r WHERE r.report_id = s.id ORDER BY r.scheduled_for DESC LIMIT 1) AS a
 WHERE s.report_type = ANY (auditproof.report_types()) AND s.status IS DISTINCT FROM 'cancelled'
   AND coalesce(s.scheduling ->> 'frequency', 'once') <> 'once' AND a.scheduled_for > clock_timestamp() + grace
UNION ALL
SELECT 'mail', encode(sha256(convert_to(m.recipient, 'UTF8')), 'hex') || coalesce(' ' || auditproof.time_text(m.ended_at), ''), m.report_id, m.scheduled_for, m.chain_id,
       u.report_type, u.format, s.report_name, m.state, coalesce(m.ended_at, m.queued_at), m.attempt, m.runner, m.lease_until,
       m.due_at, u.from_at, u.until_at, m.error, m.recipient
  FROM auditproof.report_mail m
  JOIN auditproof.report_run u ON u.report_id = m.report_id AND u.scheduled_for = m.scheduled_for
  JOIN public.scheduled_reports s ON s.id = m.report_id AND s.organization_id = m.chain_id
 WHERE (m.state = 'failed' OR m.state IN ('pending', 'sending') AND m.queued_at < clock_timestamp() - grace)
   AND s.status IS DISTINCT FROM 'cancelled'
   AND EXISTS (SELECT FROM unnest(s.delivery_emails) AS e (address)
                WHERE left(lower(btrim(e.address, E' \t\r\n') COLLATE "C"), 254) = m.recipient)
   AND NOT EXISTS (SELECT FROM auditproof.report_mail n
                    WHERE n.report_id = m.report_id AND n.recipient = m.recipient AND n.scheduled_for > m.scheduled_for
                      AND n.state = 'sent')
$body$;
