-- Receipts of stored entries, one row an id in the order of the array; NULLs where there is no chain entry.
-- Parameters: $1 uuid[], the ids. Result: id, chain_id, seq, entry_hash in hexadecimal.
SELECT i.id, r.chain_id, r.seq, pg_catalog.encode(r.entry_hash, 'hex')
FROM unnest($1) WITH ORDINALITY AS i (id, n)
LEFT JOIN auditproof.receipt($1) AS r ON r.log_id = i.id
ORDER BY i.n
