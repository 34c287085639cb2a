-- By route, those with the most samples first, and metric.
-- Columns: route, metric, samples, p50, p75, p95, rating
, pieces AS (
    SELECT r.route, r.type, pg_catalog.count(*) AS samples,
           pg_catalog.percentile_cont('{0.5,0.75,0.95}'::pg_catalog.float8[]) WITHIN GROUP (ORDER BY r.amount) AS p
    FROM rows AS r WHERE r.amount IS NOT NULL AND r.type IN (SELECT t.type FROM thresholds AS t)
    GROUP BY r.route, r.type),
rounded AS (
    SELECT p.route, p.type, p.samples, pg_catalog.round(p.p[1]::pg_catalog.numeric, 3) AS p50,
           pg_catalog.round(p.p[2]::pg_catalog.numeric, 3) AS p75, pg_catalog.round(p.p[3]::pg_catalog.numeric, 3) AS p95,
           pg_catalog.sum(p.samples) OVER (PARTITION BY p.route) AS of_route
    FROM pieces AS p)
SELECT d.route, d.type, d.samples, d.p50, d.p75, d.p95,
       CASE WHEN d.p75 <= t.good THEN 'good' WHEN d.p75 <= t.poor THEN 'needs improvement' ELSE 'poor' END
FROM rounded AS d JOIN thresholds AS t ON t.type = d.type
ORDER BY d.of_route DESC, d.route COLLATE "C", t.place
