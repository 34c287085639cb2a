-- Entries of a part of one chain whose log id the chain has at another number too: the later of the two.
-- Parameters: $1 chain id; $2, $3 first and last seq. Result: log_id, seq; 1,000 at most.
SELECT e.log_id, GREATEST(e.seq, d.seq)
FROM ONLY auditproof.chain_entry AS e
JOIN ONLY auditproof.chain_entry AS d ON d.chain_id = e.chain_id AND d.log_id = e.log_id AND d.seq <> e.seq
WHERE e.chain_id = $1::pg_catalog.uuid AND e.seq >= $2::pg_catalog.int8 AND e.seq <= $3::pg_catalog.int8
GROUP BY e.log_id, GREATEST(e.seq, d.seq)
ORDER BY 2, 1
LIMIT 1000;
