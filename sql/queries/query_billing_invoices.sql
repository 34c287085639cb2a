-- The invoices, the newest first.
-- Columns: invoice, from, to, status, due, paid, due_date, paid_at (microseconds since 1970), overdue, currency; and due and paid
--          in the smallest unit
SELECT b.number, b.billing_period_start, b.billing_period_end, b.status,
       pg_catalog.round(b.due / 10::pg_catalog.numeric ^ b.places, b.places),
       pg_catalog.round(b.paid / 10::pg_catalog.numeric ^ b.places, b.places), b.due_date,
       CASE WHEN pg_catalog.isfinite(b.paid_at) THEN (EXTRACT(epoch FROM b.paid_at) * 1000000)::pg_catalog.int8 END, b.overdue,
       b.currency, b.due, b.paid
FROM bills AS b
ORDER BY b.billing_period_start DESC, b.billing_period_end DESC, b.number COLLATE "C" DESC, b.id
