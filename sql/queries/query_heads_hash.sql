-- Where chains end, and with what.
-- Parameters: $1 chain, or NULL for all; $2 at most so many. Columns: chain_id, seq, entry_hash in hexadecimal
SELECT c.chain_id, h.seq, pg_catalog.encode(h.entry_hash, 'hex')
FROM auditproof.chain AS c
CROSS JOIN LATERAL (SELECT e.seq, e.entry_hash FROM auditproof.chain_entry AS e WHERE e.chain_id = c.chain_id
                    ORDER BY e.seq DESC LIMIT 1) AS h
WHERE $1::pg_catalog.uuid IS NULL OR c.chain_id = $1::pg_catalog.uuid
ORDER BY c.chain_id
LIMIT $2::pg_catalog.int8
