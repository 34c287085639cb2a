-- The sessions of a period, the newest first, after query_actor and its conditions. Those without an id are put together of
-- one address and user agent, up to a pause of more than half an hour.
-- Parameters: $1 begin of the period; $2 at most so many.
-- Columns: session_id; start and end in microseconds since 1970; entries; an address and how many; a user agent and how
--          many; how many sessions there are
), spoken AS (
    SELECT s.*, s.created_at - pg_catalog.lag(s.created_at) OVER w > interval '30 minutes' AS paused
    FROM seen s
    WHERE s.created_at >= $1::pg_catalog.timestamptz
    WINDOW w AS (PARTITION BY s.session_id, CASE WHEN s.session_id IS NULL THEN s.ip_address END,
                              CASE WHEN s.session_id IS NULL THEN s.user_agent END ORDER BY s.created_at)),
numbered AS (
    SELECT s.*, CASE WHEN s.session_id IS NULL THEN pg_catalog.count(*) FILTER (WHERE s.paused) OVER w END AS run
    FROM spoken s
    WINDOW w AS (PARTITION BY s.session_id, CASE WHEN s.session_id IS NULL THEN s.ip_address END,
                              CASE WHEN s.session_id IS NULL THEN s.user_agent END ORDER BY s.created_at))
SELECT n.session_id, (extract(epoch FROM pg_catalog.min(n.created_at)) * 1000000)::pg_catalog.int8,
       (extract(epoch FROM pg_catalog.max(n.created_at)) * 1000000)::pg_catalog.int8, pg_catalog.count(*),
       pg_catalog.abbrev(pg_catalog.min(n.ip_address)), pg_catalog.count(DISTINCT n.ip_address),
       pg_catalog.min(n.user_agent), pg_catalog.count(DISTINCT n.user_agent), pg_catalog.count(*) OVER ()
FROM numbered n
GROUP BY n.session_id, CASE WHEN n.session_id IS NULL THEN n.ip_address END,
         CASE WHEN n.session_id IS NULL THEN n.user_agent END, n.run
ORDER BY pg_catalog.min(n.created_at) DESC, n.session_id
LIMIT $2::pg_catalog.int8
