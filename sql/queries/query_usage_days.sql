-- Day by day, the newest first.
-- Columns: day, resource, quantity, unit, billable, overage, cost, currency
SELECT d.day, d.resource_type, pg_catalog.trim_scale(d.quantity), d.unit, pg_catalog.trim_scale(d.billable),
       pg_catalog.trim_scale(d.overage), d.cost, d.currency
FROM days AS d
ORDER BY d.day DESC, d.resource_type COLLATE "C", d.unit COLLATE "C", d.currency COLLATE "C"
