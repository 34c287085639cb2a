-- Transactions that are open now: what they write with the time at which they began is not to be seen yet. Everybody may
-- read this much of them. The server's own processes write no entries, nor do other reports that are being made.
-- Parameters: none. Columns: virtual transactions, as an array; how many
SELECT coalesce(pg_catalog.array_agg(l.virtualxid ORDER BY l.virtualxid), '{}')::pg_catalog.text, pg_catalog.count(*)
FROM pg_catalog.pg_locks AS l
JOIN pg_catalog.pg_stat_activity AS a ON a.pid = l.pid
WHERE l.locktype = 'virtualxid' AND l.mode = 'ExclusiveLock' AND l.granted AND l.pid <> pg_catalog.pg_backend_pid()
  AND a.datname = pg_catalog.current_database() AND a.usesysid IS NOT NULL
  AND NOT (a.usename = session_user AND a.application_name = 'auditschedule')
