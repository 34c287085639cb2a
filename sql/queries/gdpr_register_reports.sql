-- Scheduled reports of a tenant that were made in a period.
-- Parameters: $1 chain; $2, $3 from, and before, in microseconds since 1970; $4 at most so many.
-- Columns: made at in microseconds since 1970, type, format, report, of the time from and before, bytes, SHA-256, verdict, addresses
-- that it was mailed to by now, seq of the entry that tells of it, its id, how many there are.
SELECT (EXTRACT(epoch FROM r.finished_at) * 1000000)::pg_catalog.int8, r.report_type, r.format, r.report_id,
       (EXTRACT(epoch FROM NULLIF(NULLIF(r.from_at, 'infinity'), '-infinity')) * 1000000)::pg_catalog.int8,
       (EXTRACT(epoch FROM NULLIF(NULLIF(r.until_at, 'infinity'), '-infinity')) * 1000000)::pg_catalog.int8,
       r.bytes, pg_catalog.encode(r.sha256, 'hex'), r.verdict,
       (SELECT pg_catalog.string_agg(m.recipient, ', ' ORDER BY m.recipient COLLATE "C") FROM auditproof.report_mail AS m
        WHERE m.report_id = r.report_id AND m.scheduled_for = r.scheduled_for AND m.state = 'sent'),
       e.seq, r.told_by, pg_catalog.count(*) OVER ()
FROM auditproof.report_run AS r
LEFT JOIN auditproof.chain_entry AS e ON e.chain_id = r.chain_id AND e.log_id = r.told_by
WHERE r.chain_id = $1::pg_catalog.uuid AND r.state = 'succeeded'
  AND r.finished_at >= 'epoch'::pg_catalog.timestamptz + $2::pg_catalog.int8 * '1 microsecond'::pg_catalog.interval
  AND r.finished_at < 'epoch'::pg_catalog.timestamptz + $3::pg_catalog.int8 * '1 microsecond'::pg_catalog.interval
ORDER BY r.finished_at, r.report_id
LIMIT $4::pg_catalog.int8
