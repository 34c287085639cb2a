-- What is open past its date, the longest first.
-- Columns: invoice, due_date, days, outstanding, currency; and outstanding in the smallest unit
SELECT b.number, b.due_date, b.today - b.due_date, pg_catalog.round(b.outstanding / 10::pg_catalog.numeric ^ b.places, b.places),
       b.currency, b.outstanding
FROM bills AS b WHERE b.overdue
ORDER BY b.due_date, b.number COLLATE "C", b.id
