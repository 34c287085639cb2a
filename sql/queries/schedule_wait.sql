-- Until something is due. Parameters: $1 whether mail counts. Result: in how many microseconds a report is due, or a run, or a
-- mail, or a runner's lease is over; NULL where none is
SELECT (extract(epoch FROM least(
    (SELECT pg_catalog.min(n.next_run_at) FROM pg_catalog.unnest(auditproof.report_types()) AS t (name), LATERAL (
         SELECT r.next_run_at FROM public.scheduled_reports AS r
         WHERE r.report_type = t.name AND r.status IS DISTINCT FROM 'cancelled'
           AND r.next_run_at BETWEEN timestamptz '0001-01-01Z' AND timestamptz '9999-12-31Z'
         ORDER BY r.next_run_at LIMIT 1) AS n),
    (SELECT pg_catalog.min(CASE u.state WHEN 'pending' THEN u.due_at ELSE u.lease_until END) FROM auditproof.report_run AS u
     WHERE u.state IN ('pending', 'running')),
    (SELECT pg_catalog.min(CASE m.state WHEN 'pending' THEN m.due_at ELSE m.lease_until END) FROM auditproof.report_mail AS m
     WHERE $1::pg_catalog.bool AND m.state IN ('pending', 'sending'))) - pg_catalog.clock_timestamp()) * 1000000)::pg_catalog.int8
