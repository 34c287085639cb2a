-- The last sealed entry of a chain that was recorded before a time.
-- Parameters: $1 chain id; $2 the time, in microseconds since 1970; $3 entries that are sealed.
-- Result: its seq, or 0.
SELECT coalesce(pg_catalog.max(e.seq), 0)
FROM auditproof.chain_entry AS e
WHERE e.chain_id = $1::pg_catalog.uuid AND e.seq <= $3::pg_catalog.int8
  AND e.recorded_at < 'epoch'::pg_catalog.timestamptz + $2::pg_catalog.int8 * '1 microsecond'::pg_catalog.interval;
