-- Chains with entries that a rule set has not seen: two look-ups in an index for each chain.
-- Parameters: $1 rule set, $2 where it begins in a chain that is new to it ('first', 'now', 'furthest'), $3 at most so many, $4 that chain only (or NULL). Columns: chain_id
SELECT c.chain_id
FROM auditproof.chain c
CROSS JOIN LATERAL (SELECT e.seq FROM auditproof.chain_entry e WHERE e.chain_id = c.chain_id
                    ORDER BY e.seq DESC LIMIT 1) AS head
LEFT JOIN auditproof.classification p ON p.chain_id = c.chain_id AND p.ruleset = $1::bytea
WHERE head.seq > coalesce(p.seq, CASE $2::text
                                 WHEN 'first' THEN 0
                                 WHEN 'now' THEN -1
                                 ELSE (SELECT coalesce(pg_catalog.max(f.seq), 0) FROM auditproof.classification f
                                       WHERE f.chain_id = c.chain_id) END)
  AND ($4::uuid IS NULL OR c.chain_id = $4::uuid)
ORDER BY p.updated_at NULLS FIRST
LIMIT $3::integer
