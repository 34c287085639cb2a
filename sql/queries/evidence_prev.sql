-- The hash of an entry. Parameters: $1 chain id; $2 seq. Result: entry hash (hexadecimal).
SELECT pg_catalog.encode(e.entry_hash, 'hex')
FROM auditproof.chain_entry AS e
WHERE e.chain_id = $1::pg_catalog.uuid AND e.seq = $2::pg_catalog.int8;
