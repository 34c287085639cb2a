-- Seals of a chain that were made in a period, and the one that covers it, in the order of the log.
-- Parameters: $1 chain id; $2, $3 from, and before, in microseconds since 1970; $4 seals in the log at the checkpoint;
-- $5 number in the log of the seal that covers the chain; $6 after which number.
-- Result: number in the log, size, root and entry hash (hexadecimal), sealed at in microseconds since 1970. At most 1000.
SELECT s.log_index, s.size, pg_catalog.encode(s.root, 'hex'), pg_catalog.encode(s.entry_hash, 'hex'),
       (EXTRACT(epoch FROM s.sealed_at) * 1000000)::pg_catalog.int8
FROM auditproof.seal AS s
WHERE s.chain_id = $1::pg_catalog.uuid AND s.log_index < $4::pg_catalog.int8 AND s.log_index > $6::pg_catalog.int8
  AND (s.log_index = $5::pg_catalog.int8
       OR s.sealed_at >= 'epoch'::pg_catalog.timestamptz + $2::pg_catalog.int8 * '1 microsecond'::pg_catalog.interval
          AND s.sealed_at < 'epoch'::pg_catalog.timestamptz + $3::pg_catalog.int8 * '1 microsecond'::pg_catalog.interval)
ORDER BY s.log_index
LIMIT 1000;
