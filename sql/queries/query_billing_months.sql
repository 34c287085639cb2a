-- What was billed, and not only drafted or void, by the month in which its billing period begins.
-- Columns: month, invoices, due, paid, currency; and due and paid in the smallest unit
SELECT pg_catalog.to_char(b.billing_period_start, 'YYYY-MM'), pg_catalog.count(*),
       pg_catalog.round(pg_catalog.sum(b.due) / 10::pg_catalog.numeric ^ b.places, b.places),
       pg_catalog.round(pg_catalog.sum(b.paid) / 10::pg_catalog.numeric ^ b.places, b.places), b.currency,
       pg_catalog.sum(b.due), pg_catalog.sum(b.paid)
FROM bills AS b WHERE b.status IN ('open', 'paid', 'uncollectible')
GROUP BY pg_catalog.to_char(b.billing_period_start, 'YYYY-MM'), b.currency, b.places
ORDER BY 1, b.currency COLLATE "C"
