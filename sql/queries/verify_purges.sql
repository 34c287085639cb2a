-- What was purged after the retention window.
-- Parameters: $1 chain id or NULL for all.
-- Result: chain_id, from_seq, to_seq, purged_at in microseconds since 1970, whether a chained entry authorises it.
WITH chained AS (
    SELECT DISTINCT e.log_id
    FROM auditproof.purge AS p
    JOIN auditproof.chain_entry AS e ON e.log_id = p.authorised_by
)
SELECT r.chain_id, r.from_seq, r.to_seq, (EXTRACT(epoch FROM p.purged_at) * 1000000)::pg_catalog.int8,
       c.log_id IS NOT NULL
FROM auditproof.purge_range AS r
LEFT JOIN auditproof.purge AS p ON p.chain_id = r.chain_id AND p.purge_id = r.purge_id
LEFT JOIN chained AS c ON c.log_id = p.authorised_by
WHERE $1::pg_catalog.uuid IS NULL OR r.chain_id = $1::pg_catalog.uuid
ORDER BY r.chain_id, r.from_seq, r.to_seq;
