-- How many of these transactions have not ended? Parameters: $1 virtual transactions, as schedule_open gave them.
-- Columns: how many; the first transaction number that was not assigned
SELECT pg_catalog.count(*), pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())::pg_catalog.text
FROM pg_catalog.pg_locks AS l
WHERE l.locktype = 'virtualxid' AND l.mode = 'ExclusiveLock' AND l.granted
  AND l.virtualxid = ANY ($1::pg_catalog.text[])
