-- What has no value to count, or none that can be.
-- Columns: rows
SELECT pg_catalog.count(*) FROM rows AS r WHERE r.type <> 'error' AND r.amount IS NULL
