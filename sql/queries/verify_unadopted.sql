-- Rows that were there before the chain have no salt until they are adopted: may there be any, from before when, and in
-- which chains not. Installing takes a moment, in which the application goes on.
-- Parameters: none.
-- Result: NULL and a time in microseconds since 1970, if there may be any; then chains whose adoption is finished, and NULL.
WITH waits AS (
    SELECT (EXTRACT(epoch FROM pg_catalog.min(m.applied_at) + interval '1 minute') * 1000000)::pg_catalog.int8 AS before
    FROM auditproof.migration AS m
    WHERE m.number > 0
      AND EXISTS (SELECT FROM pg_catalog.pg_attribute AS a
                  WHERE a.attrelid = 'public.audit_logs'::pg_catalog.regclass AND a.attname = 'chain_salt'
                    AND NOT a.attnotnull)
      AND (NOT EXISTS (SELECT FROM auditproof.adoption)
           OR EXISTS (SELECT FROM auditproof.adoption AS o WHERE o.finished_log_id IS NULL))
)
SELECT NULL::pg_catalog.uuid, w.before
FROM waits AS w
WHERE w.before IS NOT NULL
UNION ALL
(SELECT a.chain_id, NULL
 FROM auditproof.adoption AS a CROSS JOIN waits AS w
 WHERE w.before IS NOT NULL
 GROUP BY a.chain_id
 HAVING pg_catalog.bool_and(a.finished_log_id IS NOT NULL)
 ORDER BY a.chain_id);
