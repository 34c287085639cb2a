-- By metric.
-- Columns: metric, samples, p50, p75, p95, rating, p75 by day (number of the day:p75, of CLS in thousandths), unit, good, poor
, pieces AS (
    SELECT r.type, r.day, GROUPING(r.day) = 1 AS whole, pg_catalog.count(*) AS samples,
           pg_catalog.percentile_cont('{0.5,0.75,0.95}'::pg_catalog.float8[]) WITHIN GROUP (ORDER BY r.amount) AS p
    FROM rows AS r WHERE r.amount IS NOT NULL AND r.type IN (SELECT t.type FROM thresholds AS t)
    GROUP BY GROUPING SETS ((r.type), (r.type, r.day))),
rounded AS (
    SELECT p.type, p.day, p.whole, p.samples, pg_catalog.round(p.p[1]::pg_catalog.numeric, 3) AS p50,
           pg_catalog.round(p.p[2]::pg_catalog.numeric, 3) AS p75, pg_catalog.round(p.p[3]::pg_catalog.numeric, 3) AS p95
    FROM pieces AS p)
SELECT t.type, w.samples, w.p50, w.p75, w.p95,
       CASE WHEN w.p75 <= t.good THEN 'good' WHEN w.p75 <= t.poor THEN 'needs improvement' ELSE 'poor' END,
       (SELECT pg_catalog.string_agg(d.day - (SELECT since FROM period) || ':'
                                     || pg_catalog.round(d.p75 * CASE t.type WHEN 'CLS' THEN 1000 ELSE 1 END), ',' ORDER BY d.day)
        FROM rounded AS d WHERE d.type = t.type AND NOT d.whole),
       t.unit, t.good, t.poor
FROM thresholds AS t JOIN rounded AS w ON w.type = t.type AND w.whole
ORDER BY t.place
