-- Be the only one to make indexes, for as long as the session lasts.
-- Parameters: none. Columns: did we get the lock
SELECT pg_catalog.pg_try_advisory_lock(pg_catalog.hashtext('auditproof'), pg_catalog.hashtext('index'))
