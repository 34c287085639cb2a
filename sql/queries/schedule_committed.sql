-- How many of these prepared transactions have not ended? Parameters: $1 their numbers, as schedule_prepared gave them.
-- Column: how many
SELECT pg_catalog.count(*)
FROM pg_catalog.pg_prepared_xacts AS p
WHERE p.database = pg_catalog.current_database() AND p.transaction::pg_catalog.text = ANY ($1::pg_catalog.text[])
