-- Has a run mailed to the recipients that its report names now, each once, whatever the case of the letters, of ASCII: in
-- other collations some others become those in lower case, and who has such an address would have another's. There is a
-- ceiling, of which the first one beyond it tells.
CREATE OR REPLACE FUNCTION auditproof.mail_queue(run auditproof.report_run) RETURNS void
LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET row_security = on
AS $body$
    INSERT INTO auditproof.report_mail (report_id, scheduled_for, recipient, chain_id, state, attempt, forgiven, queued_at, due_at,
                                        ended_at, error)
    SELECT (run).report_id, (run).scheduled_for, left(w.address, 254), (run).chain_id,
           CASE WHEN w.why IS NULL THEN 'pending' ELSE 'failed' END, 0, 0, w.now_at, w.now_at,
           CASE WHEN w.why IS NOT NULL THEN w.now_at END, w.why
      FROM (SELECT a.address, clock_timestamp() AS now_at,
                   CASE WHEN a.number > a.most THEN format('a report is mailed to %s recipients at most: %s more are left out',
                                                           a.most, a.total - a.most)
                        WHEN length(a.address) > 254 THEN 'an address of mail has at most 254 characters' END AS why
              FROM (SELECT d.address, row_number() OVER (ORDER BY d.first) AS number, count(*) OVER () AS total, 100 AS most
                      FROM (SELECT lower(btrim(e.address, E' \t\r\n') COLLATE "C") AS address, min(e.number) AS first
                              FROM public.scheduled_reports r,
                                   unnest(r.delivery_emails) WITH ORDINALITY AS e (address, number)
                             WHERE r.id = (run).report_id AND btrim(e.address, E' \t\r\n') <> ''
                             GROUP BY 1) AS d) AS a
             WHERE a.number <= a.most + 1) AS w
    ON CONFLICT DO NOTHING
$body$;
