-- How far a chain is sealed, under a checkpoint. Parameters: $1 chain.
-- Columns: is anything sealed in this database; last entry under the newest checkpoint, 0 for none
SELECT c.size IS NOT NULL, coalesce((SELECT pg_catalog.max(s.size) FROM auditproof.seal AS s
                                     WHERE s.chain_id = $1::pg_catalog.uuid AND s.log_index < c.size), 0)
FROM (SELECT) AS one
LEFT JOIN (SELECT k.size FROM auditproof.checkpoint AS k ORDER BY k.size DESC LIMIT 1) AS c ON true
