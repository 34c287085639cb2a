-- Who keeps others from sealing: what has a lock on the checkpoints that a round needs for itself. Who may not see the
-- sessions of others gets no state and times of them.
-- Parameters: none. Result: no row when nobody does; else, of the oldest: process (NULL: a prepared transaction), role,
--         application, state, since when its transaction is open and since when it is in that state (RFC 3339, UTC).
SELECT l.pid, a.usename, a.application_name, a.state,
       pg_catalog.to_char(a.xact_start AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
       pg_catalog.to_char(a.state_change AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
FROM pg_catalog.pg_locks AS l
LEFT JOIN pg_catalog.pg_stat_activity AS a ON a.pid = l.pid
WHERE l.granted AND l.locktype = 'relation'
  AND l.relation = 'auditproof.checkpoint'::pg_catalog.regclass
  AND l.database = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database())
  AND l.mode NOT IN ('AccessShareLock', 'RowShareLock')
ORDER BY a.xact_start, l.pid
LIMIT 1;
