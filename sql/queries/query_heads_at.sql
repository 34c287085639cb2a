-- What chains have at places.
-- Parameters: $1 chains and $2 numbers, one by one. Columns: n, entry_hash
SELECT n.n, e.entry_hash
FROM unnest($1::pg_catalog.uuid[], $2::pg_catalog.int8[]) WITH ORDINALITY AS n (chain_id, seq, n)
JOIN auditproof.chain_entry AS e ON e.chain_id = n.chain_id AND e.seq = n.seq
ORDER BY n.n
