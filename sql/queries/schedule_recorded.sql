-- The entries of a chain that were recorded in a period, day by day in UTC. Statements about them do not rest on
-- audit_logs, from which rows leave.
-- Parameters: $1 chain; $2, $3 from, and before, in microseconds since 1970; $4 sequence number of the head.
-- Columns: day in microseconds since 1970, entries, first and last seq
SELECT (extract(epoch FROM pg_catalog.date_trunc('day', e.recorded_at, 'UTC')) * 1000000)::pg_catalog.int8,
       pg_catalog.count(*), pg_catalog.min(e.seq), pg_catalog.max(e.seq)
FROM auditproof.chain_entry AS e
WHERE e.chain_id = $1::pg_catalog.uuid AND e.seq <= $4::pg_catalog.int8
  AND e.recorded_at >= 'epoch'::pg_catalog.timestamptz + $2::pg_catalog.int8 * interval '1 microsecond'
  AND e.recorded_at < 'epoch'::pg_catalog.timestamptz + $3::pg_catalog.int8 * interval '1 microsecond'
GROUP BY 1
ORDER BY 1
