-- Be the only session that moves tables to partitions in this database, for as long as it lasts.
-- Parameters: none. Columns: did we get the lock
SELECT pg_catalog.pg_try_advisory_lock(pg_catalog.hashtext('auditproof'), pg_catalog.hashtext('partition'));
