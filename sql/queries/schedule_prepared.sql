-- Transactions that are prepared for commit now, and not committed. Which numbers are assigned is not asked: a snapshot's
-- xmax is one past those that have ended, and the newest that is prepared can be that itself.
-- Parameters: none. Column: their transaction numbers, as an array
SELECT coalesce(pg_catalog.array_agg(p.transaction::pg_catalog.text), '{}')::pg_catalog.text
FROM pg_catalog.pg_prepared_xacts AS p
WHERE p.database = pg_catalog.current_database()
