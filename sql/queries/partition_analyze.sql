-- The statement that gives the planner what it needs to know of the copy before that takes the table's place.
-- Parameters: $1 the table's name. Columns: statement
SELECT pg_catalog.format('ANALYZE public.%I', $1 || '_copy');
