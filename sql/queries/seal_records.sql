-- Seals in the order of the log.
-- Parameters: $1 first number in the log; $2 how many.
-- Result: chain id, size, root and entry hash (hexadecimal), time in microseconds since 1970.
SELECT s.chain_id, s.size, pg_catalog.encode(s.root, 'hex'), pg_catalog.encode(s.entry_hash, 'hex'),
       (EXTRACT(epoch FROM s.sealed_at) * 1000000)::pg_catalog.int8
FROM auditproof.seal AS s
WHERE s.log_index >= $1::pg_catalog.int8
ORDER BY s.log_index
LIMIT $2::pg_catalog.int8;
