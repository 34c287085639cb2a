-- Of the period, by resource, unit and currency.
-- Columns: resource, quantity, unit, sum or peak, percent of the highest day by day (number of the day:percent), billable,
--          overage, cost, currency, quantity and date of the highest day
, peaks AS (
    SELECT d.*, pg_catalog.max(d.quantity) OVER (PARTITION BY d.resource_type, d.unit, d.currency) AS peak FROM days AS d)
SELECT p.resource_type, pg_catalog.trim_scale(CASE WHEN p.level THEN p.peak ELSE pg_catalog.sum(p.quantity) END), p.unit,
       CASE WHEN p.level THEN 'peak' ELSE 'sum' END,
       pg_catalog.string_agg(p.day - (SELECT since FROM period) || ':'
                             || CASE WHEN p.peak > 0 AND p.quantity > 0 THEN pg_catalog.round(100 * p.quantity / p.peak) ELSE 0 END,
                             ',' ORDER BY p.day),
       pg_catalog.trim_scale(pg_catalog.sum(p.billable)), pg_catalog.trim_scale(pg_catalog.sum(p.overage)),
       pg_catalog.sum(p.cost), p.currency, pg_catalog.trim_scale(p.peak),
       pg_catalog.min(p.day) FILTER (WHERE p.quantity = p.peak)
FROM peaks AS p
GROUP BY p.resource_type, p.unit, p.currency, p.level, p.peak
ORDER BY p.resource_type COLLATE "C", p.unit COLLATE "C", p.currency COLLATE "C"
