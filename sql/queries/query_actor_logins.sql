-- Logins of a period that came after three failures or more within an hour, the newest first, after query_actor and its
-- conditions. What is a login, and what failed, is told by the words of the action.
-- Parameters: $1 begin of the period; $2 at most so many.
-- Columns: time in microseconds since 1970, address, failures, addresses that they came from
), tried AS (
    SELECT s.id, s.created_at, s.ip_address,
           s.action ~* 'fail|denied|invalid|blocked|rejected|attempt' AS failed
    FROM seen s
    WHERE s.created_at >= $1::pg_catalog.timestamptz - interval '1 hour'
      AND s.action ~* '(log|(^|[^a-z])sign)[^a-z]?(in|on)((?![a-z])|fail|succe|attempt)|authenticat|(^|[^a-z])auth[^a-z].*fail'),
turned AS (
    SELECT t.*, pg_catalog.count(*) FILTER (WHERE NOT t.failed)
                    OVER (ORDER BY t.created_at, t.id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS turn
    FROM tried t),
ended AS (
    SELECT t.*, pg_catalog.max(t.created_at) FILTER (WHERE NOT t.failed) OVER (PARTITION BY t.turn) AS ended
    FROM turned t)
SELECT (extract(epoch FROM e.ended) * 1000000)::pg_catalog.int8,
       pg_catalog.abbrev(pg_catalog.min(e.ip_address) FILTER (WHERE NOT e.failed)),
       pg_catalog.count(*) FILTER (WHERE e.failed), pg_catalog.count(DISTINCT e.ip_address) FILTER (WHERE e.failed)
FROM ended e
WHERE e.ended >= $1::pg_catalog.timestamptz AND e.created_at >= e.ended - interval '1 hour'
GROUP BY e.turn, e.ended
HAVING pg_catalog.count(*) FILTER (WHERE e.failed) >= 3
ORDER BY e.ended DESC
LIMIT $2::pg_catalog.int8
