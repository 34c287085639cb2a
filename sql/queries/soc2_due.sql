-- Entries whose rows are there though their window may be over: so many years after the day (UTC) that counts, which is
-- the later of the one that the writer claims and the one on which the entry was recorded. Legal holds are not asked here.
-- Parameters: $1 chain id; $2 as of, in microseconds since 1970; $3 entries that are sealed.
-- Result: that day in microseconds since 1970, entries, first and last seq, years by the policies set by then.
SELECT (EXTRACT(epoch FROM d.day) * 1000000)::pg_catalog.int8, pg_catalog.count(*), pg_catalog.min(d.seq),
       pg_catalog.max(d.seq),
       (SELECT GREATEST(7, pg_catalog.max(p.period)) FROM auditproof.retention_policy AS p
        WHERE p.table_name = 'audit_logs' AND p.chain_id IN ($1::pg_catalog.uuid, '00000000-0000-0000-0000-000000000000')
          AND p.set_at <= 'epoch'::pg_catalog.timestamptz + $2::pg_catalog.int8 * '1 microsecond'::pg_catalog.interval)
FROM (SELECT e.seq, (GREATEST(l.created_at, e.recorded_at) AT TIME ZONE 'UTC')::pg_catalog.date AS day
      FROM auditproof.chain_entry AS e
      JOIN auditproof.entry AS l
          ON l.id = e.log_id AND coalesce(l.organization_id, '00000000-0000-0000-0000-000000000000') = e.chain_id
      WHERE e.chain_id = $1::pg_catalog.uuid AND e.seq <= $3::pg_catalog.int8
        AND e.recorded_at < 'epoch'::pg_catalog.timestamptz + $2::pg_catalog.int8 * '1 microsecond'::pg_catalog.interval
                            - '7 years'::pg_catalog.interval) AS d
WHERE pg_catalog.isfinite(d.day)
GROUP BY d.day
ORDER BY d.day;
