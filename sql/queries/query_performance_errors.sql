-- Errors, the most frequent first.
-- Columns: error, errors, sessions, by day (number of the day:errors), last (microseconds since 1970), route, users, first
, pieces AS (
    SELECT r.name, r.route, r.day, GROUPING(r.day) = 1 AS whole, pg_catalog.count(*) AS errors,
           pg_catalog.count(DISTINCT r.session_id) AS sessions, pg_catalog.count(DISTINCT r.user_id) AS users,
           pg_catalog.min(r.at) AS first, pg_catalog.max(r.at) AS last
    FROM rows AS r WHERE r.type = 'error'
    GROUP BY GROUPING SETS ((r.name, r.route), (r.name, r.route, r.day)))
SELECT p.name, pg_catalog.max(p.errors) FILTER (WHERE p.whole), pg_catalog.max(p.sessions) FILTER (WHERE p.whole),
       pg_catalog.string_agg(p.day - (SELECT since FROM period) || ':' || p.errors, ',' ORDER BY p.day) FILTER (WHERE NOT p.whole),
       (EXTRACT(epoch FROM pg_catalog.max(p.last)) * 1000000)::pg_catalog.int8, p.route,
       pg_catalog.max(p.users) FILTER (WHERE p.whole), (EXTRACT(epoch FROM pg_catalog.min(p.first)) * 1000000)::pg_catalog.int8
FROM pieces AS p
GROUP BY p.name, p.route
ORDER BY 2 DESC, p.name COLLATE "C", p.route COLLATE "C"
