-- Transactions that were prepared for commit and are not committed yet. Parameters: $1 a transaction number.
-- Column: how many there are with a lower one
SELECT pg_catalog.count(*)
FROM pg_catalog.pg_prepared_xacts AS p
WHERE p.database = pg_catalog.current_database()
  AND pg_catalog.age(p.transaction) > pg_catalog.age(($1::pg_catalog.text::pg_catalog.xid8)::pg_catalog.xid)
