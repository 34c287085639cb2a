-- Where chains end: one look-up in the index for each.
-- Parameters: none. Columns: chain_id, seq
SELECT c.chain_id, h.seq
FROM auditproof.chain AS c
CROSS JOIN LATERAL (SELECT e.seq FROM auditproof.chain_entry AS e WHERE e.chain_id = c.chain_id
                    ORDER BY e.seq DESC LIMIT 1) AS h
