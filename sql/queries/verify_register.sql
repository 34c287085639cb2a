-- The registered chains.
-- Parameters: $1 chain id or NULL for all. Result: chain_id.
SELECT c.chain_id
FROM auditproof.chain AS c
WHERE $1::pg_catalog.uuid IS NULL OR c.chain_id = $1::pg_catalog.uuid
ORDER BY c.chain_id;
