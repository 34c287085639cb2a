-- Erasures that no chained entry authorises, or whose commitment cannot be one.
-- Parameters: $1 chain id or NULL for all; $2 how many at most. Result: chain_id, log_id, group, why.
WITH authorities AS (
    SELECT DISTINCT a.authorised_by AS log_id FROM auditproof.erasure AS a
), chained AS (
    SELECT DISTINCT t.log_id
    FROM authorities AS t
    JOIN auditproof.chain_entry AS e ON e.log_id = t.log_id
), judged AS (
    SELECT a.chain_id, a.log_id, a."group",
           CASE WHEN pg_catalog.octet_length(a.commitment) IS DISTINCT FROM 32
                THEN 'the kept commitment is not 32 bytes'
                WHEN c.log_id IS NULL THEN 'no chained entry authorises it' END AS why
    FROM auditproof.erasure AS a
    LEFT JOIN chained AS c ON c.log_id = a.authorised_by
    WHERE $1::pg_catalog.uuid IS NULL OR a.chain_id = $1::pg_catalog.uuid
)
SELECT j.chain_id, j.log_id, j."group", j.why
FROM judged AS j
WHERE j.why IS NOT NULL
ORDER BY j.chain_id, j.log_id, j."group"
LIMIT $2::pg_catalog.int8;
