-- Of one metric, by day.
-- Parameters: $1 metric. Columns: day, samples, p50, p75, p95, rating
, pieces AS (
    SELECT r.type, r.day, pg_catalog.count(*) AS samples,
           pg_catalog.percentile_cont('{0.5,0.75,0.95}'::pg_catalog.float8[]) WITHIN GROUP (ORDER BY r.amount) AS p
    FROM rows AS r WHERE r.amount IS NOT NULL AND r.type = $1::pg_catalog.text
    GROUP BY r.type, r.day),
rounded AS (
    SELECT p.type, p.day, p.samples, pg_catalog.round(p.p[1]::pg_catalog.numeric, 3) AS p50,
           pg_catalog.round(p.p[2]::pg_catalog.numeric, 3) AS p75, pg_catalog.round(p.p[3]::pg_catalog.numeric, 3) AS p95
    FROM pieces AS p)
SELECT d.day, d.samples, d.p50, d.p75, d.p95,
       CASE WHEN d.p75 <= t.good THEN 'good' WHEN d.p75 <= t.poor THEN 'needs improvement' ELSE 'poor' END
FROM rounded AS d JOIN thresholds AS t ON t.type = d.type
ORDER BY d.day
