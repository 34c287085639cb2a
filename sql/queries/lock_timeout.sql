-- How long this session waits for a lock.
-- Parameters: $1 as PostgreSQL takes it ('500ms')
-- Columns: what it is now.
SELECT pg_catalog.set_config('lock_timeout', $1, false);
