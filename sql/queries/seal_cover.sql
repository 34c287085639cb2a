-- The newest seal of a chain in the log as a checkpoint has it.
-- Parameters: $1 chain id; $2 seals in the log at that checkpoint.
-- Result: number in the log, size, root and entry hash (hexadecimal), sealed at in microseconds since 1970.
SELECT s.log_index, s.size, pg_catalog.encode(s.root, 'hex'), pg_catalog.encode(s.entry_hash, 'hex'),
       (EXTRACT(epoch FROM s.sealed_at) * 1000000)::pg_catalog.int8
FROM auditproof.seal AS s
WHERE s.chain_id = $1::pg_catalog.uuid AND s.log_index < $2::pg_catalog.int8
ORDER BY s.size DESC
LIMIT 1;
