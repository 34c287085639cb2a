-- What the days cost, in each currency.
-- Columns: day, cost, currency
SELECT d.day, pg_catalog.sum(d.cost), d.currency
FROM days AS d WHERE d.cost IS NOT NULL
GROUP BY d.day, d.currency
ORDER BY d.day, d.currency COLLATE "C"
