-- By status and currency.
-- Columns: status, invoices, due, paid, outstanding, overdue, overdue amount, currency; and due, paid, outstanding and overdue
--          amount in the smallest unit
, sums AS (
    SELECT b.currency, b.places, 10::pg_catalog.numeric ^ b.places AS whole, b.status, pg_catalog.count(*) AS invoices,
           pg_catalog.sum(b.due) AS due, pg_catalog.sum(b.paid) AS paid, pg_catalog.sum(b.outstanding) AS outstanding,
           pg_catalog.count(*) FILTER (WHERE b.overdue) AS late,
           coalesce(pg_catalog.sum(b.outstanding) FILTER (WHERE b.overdue), 0) AS overdue
    FROM bills AS b GROUP BY b.currency, b.places, b.status)
SELECT s.status, s.invoices, pg_catalog.round(s.due / s.whole, s.places), pg_catalog.round(s.paid / s.whole, s.places),
       pg_catalog.round(s.outstanding / s.whole, s.places), s.late, pg_catalog.round(s.overdue / s.whole, s.places), s.currency,
       s.due, s.paid, s.outstanding, s.overdue
FROM sums AS s
ORDER BY s.currency COLLATE "C", pg_catalog.array_position('{paid,open,uncollectible,draft,void}'::pg_catalog.text[], s.status)
