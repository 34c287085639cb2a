-- Parameters: $1 chain, $2 sequence number. Column: entry hash in hexadecimal; no row where there is no such entry
SELECT pg_catalog.encode(e.entry_hash, 'hex') FROM auditproof.chain_entry AS e
WHERE e.chain_id = $1::pg_catalog.uuid AND e.seq = $2::pg_catalog.int8
