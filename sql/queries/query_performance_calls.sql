-- Calls of the API, those that take the most time altogether first.
-- Columns: call, route, calls, p50, p75, p95, longest
, pieces AS (
    SELECT r.name, r.route, pg_catalog.count(*) AS calls, pg_catalog.sum(r.amount) AS altogether, pg_catalog.max(r.amount) AS longest,
           pg_catalog.percentile_cont('{0.5,0.75,0.95}'::pg_catalog.float8[]) WITHIN GROUP (ORDER BY r.amount) AS p
    FROM rows AS r WHERE r.amount IS NOT NULL AND r.type = 'api-call'
    GROUP BY r.name, r.route)
SELECT p.name, p.route, p.calls, pg_catalog.round(p.p[1]::pg_catalog.numeric, 3),
       pg_catalog.round(p.p[2]::pg_catalog.numeric, 3),
       pg_catalog.round(p.p[3]::pg_catalog.numeric, 3),
       pg_catalog.round(p.longest::pg_catalog.numeric, 3)
FROM pieces AS p
ORDER BY p.altogether DESC, p.name COLLATE "C", p.route COLLATE "C"
