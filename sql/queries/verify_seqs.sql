-- Where entries stand in their chains.
-- Parameters: $1 array of log ids. Result: log_id, chain_id, seq.
SELECT e.log_id, e.chain_id, e.seq
FROM auditproof.chain_entry AS e
WHERE e.log_id = ANY ($1::pg_catalog.uuid[])
ORDER BY e.log_id, e.chain_id, e.seq;
