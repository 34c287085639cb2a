-- The chains of a plan that was begun of which something is left to purge, whatever it is that keeps it.
-- Parameters: $1 digest (hexadecimal). Result: chain ids, as the plan orders them.
SELECT r.chain_id
FROM auditproof.purge_plan_range AS r
JOIN auditproof.purge_execution AS x ON x.digest = r.digest
WHERE r.digest = pg_catalog.decode($1, 'hex')
GROUP BY r.chain_id, x.purge_id
HAVING pg_catalog.sum(r.to_seq - r.from_seq + 1) > coalesce(
    (SELECT pg_catalog.sum(p.to_seq - p.from_seq + 1) FROM auditproof.purge_range AS p
     WHERE p.chain_id = r.chain_id AND p.purge_id = x.purge_id), 0)
ORDER BY r.chain_id;
