-- The log ids of what a purge took, digested as plans and certificates do.
-- Parameters: $1 purge id; $2 chain id or NULL for all. Result: chain_id, SHA-256 (hexadecimal).
SELECT r.chain_id,
       pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(
           pg_catalog.string_agg(e.log_id::pg_catalog.text || E'\n', '' ORDER BY e.log_id), 'UTF8')), 'hex')
FROM auditproof.purge_range AS r
JOIN auditproof.chain_entry AS e ON e.chain_id = r.chain_id AND e.seq >= r.from_seq AND e.seq <= r.to_seq
WHERE r.purge_id = $1::pg_catalog.uuid AND ($2::pg_catalog.uuid IS NULL OR r.chain_id = $2::pg_catalog.uuid)
GROUP BY r.chain_id
ORDER BY r.chain_id;
