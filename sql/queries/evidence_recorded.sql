-- The entries of a chain that were recorded in a period: one run of them, since a chain's times do not go back.
-- Parameters: $1 chain id; $2, $3 from, and before, in microseconds since 1970; $4 entries that are sealed.
-- Result: first and last seq of those that are sealed or NULL; how many are not sealed.
SELECT pg_catalog.min(e.seq) FILTER (WHERE e.seq <= $4::pg_catalog.int8),
       pg_catalog.max(e.seq) FILTER (WHERE e.seq <= $4::pg_catalog.int8),
       pg_catalog.count(*) FILTER (WHERE e.seq > $4::pg_catalog.int8)
FROM auditproof.chain_entry AS e
WHERE e.chain_id = $1::pg_catalog.uuid
  AND e.recorded_at >= 'epoch'::pg_catalog.timestamptz + $2::pg_catalog.int8 * '1 microsecond'::pg_catalog.interval
  AND e.recorded_at < 'epoch'::pg_catalog.timestamptz + $3::pg_catalog.int8 * '1 microsecond'::pg_catalog.interval;
