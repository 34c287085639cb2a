-- The changes, the newest first.
-- Columns: effective, change, from_plan, to_plan, from_amount, to_amount, difference, currency, from_status, to_status, reason,
--          initiated_by; and the three amounts in the smallest unit
SELECT c.effective_date, c.change_type, c.old_plan_id, c.new_plan_id,
       pg_catalog.round(c.old_amount / 10::pg_catalog.numeric ^ c.places, c.places),
       pg_catalog.round(c.new_amount / 10::pg_catalog.numeric ^ c.places, c.places),
       pg_catalog.round(c.difference / 10::pg_catalog.numeric ^ c.places, c.places), c.iso, c.old_status, c.new_status,
       c.change_reason, c.initiated_by, c.old_amount, c.new_amount, c.difference
FROM changes AS c
ORDER BY c.effective_date DESC, c.created_at DESC, c.id
