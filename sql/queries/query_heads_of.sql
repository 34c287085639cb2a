-- Where these chains end.
-- Parameters: $1 chains. Columns: chain_id, seq
SELECT c.chain_id, h.seq
FROM pg_catalog.unnest($1::pg_catalog.uuid[]) AS c (chain_id)
CROSS JOIN LATERAL (SELECT e.seq FROM auditproof.chain_entry AS e WHERE e.chain_id = c.chain_id
                    ORDER BY e.seq DESC LIMIT 1) AS h
