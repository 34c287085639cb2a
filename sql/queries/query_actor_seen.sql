-- How often each action, network, address and so on occurs, the new ones first: after query_actor and its conditions.
-- Parameters: $1 begin of the period; $2 begin of the baseline, which ends there; $3 at most so many of each.
-- Columns: dimension, value; entries in the period, in the baseline, and before the period at all; first, last, and last
--          before the period, in microseconds since 1970; values that the dimension has; first of the period
), placed AS (
    SELECT s.actor_id::pg_catalog.text AS id, s.actor_email AS email, s.actor_role AS role, s.action, s.user_agent AS agent,
           s.created_at, s.created_at >= $1::pg_catalog.timestamptz AS now,
           s.created_at >= $2::pg_catalog.timestamptz AND s.created_at < $1::pg_catalog.timestamptz AS base,
           pg_catalog.abbrev(s.ip_address) AS address,
           pg_catalog.network(pg_catalog.set_masklen(s.ip_address, least(pg_catalog.masklen(s.ip_address),
               CASE pg_catalog.family(s.ip_address) WHEN 4 THEN 24 ELSE 48 END)))::pg_catalog.text AS network,
           pg_catalog.to_char(s.created_at, 'HH24:00') AS hour,
           pg_catalog.to_char(s.created_at, 'ID FMDay') AS weekday
    FROM seen s),
counted AS (
    SELECT CASE grouping(p.id, p.email, p.role, p.action, p.agent, p.address, p.network, p.hour, p.weekday)
               WHEN 511 - 256 THEN 'id' WHEN 511 - 128 THEN 'email' WHEN 511 - 64 THEN 'role' WHEN 511 - 32 THEN 'action'
               WHEN 511 - 16 THEN 'agent' WHEN 511 - 8 THEN 'address' WHEN 511 - 4 THEN 'network' WHEN 511 - 2 THEN 'hour'
               WHEN 511 - 1 THEN 'weekday' ELSE 'all' END AS dimension,
           coalesce(p.id, p.email, p.role, p.action, p.agent, p.address, p.network, p.hour, p.weekday) AS value,
           pg_catalog.count(*) FILTER (WHERE p.now) AS now, pg_catalog.count(*) FILTER (WHERE p.base) AS base,
           pg_catalog.count(*) FILTER (WHERE NOT p.now) AS before,
           pg_catalog.min(p.created_at) AS first, pg_catalog.max(p.created_at) AS last,
           pg_catalog.max(p.created_at) FILTER (WHERE NOT p.now) AS last_before,
           pg_catalog.min(p.created_at) FILTER (WHERE p.now) AS first_now
    FROM placed p
    GROUP BY GROUPING SETS ((p.id), (p.email), (p.role), (p.action), (p.agent), (p.address), (p.network), (p.hour),
                            (p.weekday), ())),
ranked AS (
    SELECT c.*, pg_catalog.count(*) OVER (PARTITION BY c.dimension) AS kinds,
           pg_catalog.row_number() OVER (PARTITION BY c.dimension
                                         ORDER BY c.now > 0 AND c.before = 0 DESC, c.now DESC, c.before DESC,
                                                  c.value COLLATE "C") AS place
    FROM counted c
    WHERE c.value IS NOT NULL OR c.dimension = 'all')
SELECT r.dimension, r.value, r.now, r.base, r.before, (extract(epoch FROM r.first) * 1000000)::pg_catalog.int8,
       (extract(epoch FROM r.last) * 1000000)::pg_catalog.int8,
       (extract(epoch FROM r.last_before) * 1000000)::pg_catalog.int8, r.kinds,
       (extract(epoch FROM r.first_now) * 1000000)::pg_catalog.int8
FROM ranked r
WHERE r.place <= CASE WHEN r.dimension IN ('hour', 'weekday') THEN 24 ELSE $3::pg_catalog.int8 END
ORDER BY r.dimension, r.place
