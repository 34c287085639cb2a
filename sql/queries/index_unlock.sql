-- Let others make them.
-- Parameters: none. Columns: was it ours
SELECT pg_catalog.pg_advisory_unlock(pg_catalog.hashtext('auditproof'), pg_catalog.hashtext('index'))
