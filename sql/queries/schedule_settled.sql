-- How many of these transactions have not ended? Parameters: $1 virtual transactions, as schedule_open gave them.
-- Column: how many
SELECT pg_catalog.count(*)
FROM pg_catalog.pg_locks AS l
WHERE l.locktype = 'virtualxid' AND l.mode = 'ExclusiveLock' AND l.granted
  AND l.virtualxid = ANY ($1::pg_catalog.text[])
