-- Rows that are left out, because something in them is no number.
-- Parameters: $1 organization, $2 from and $3 before which time. Columns: rows
SELECT pg_catalog.count(*)
FROM public.usage_tracking AS u
WHERE u.organization_id = $1::pg_catalog.uuid
  AND u.usage_date >= ($2::pg_catalog.timestamptz AT TIME ZONE 'UTC')::pg_catalog.date
  AND u.usage_date < $3::pg_catalog.timestamptz AT TIME ZONE 'UTC'
  AND (u.quantity IN ('NaN', 'Infinity', '-Infinity') OR u.overage_quantity IN ('NaN', 'Infinity', '-Infinity')
       OR u.total_cost IN ('NaN', 'Infinity', '-Infinity'))
