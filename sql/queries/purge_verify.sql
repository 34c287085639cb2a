-- Verify a month for a plan before it is dropped: auditproof.purge_verify().
-- Parameters: $1 digest (hexadecimal); $2 the partition. Result: why the month cannot leave as a whole, or NULL.
SELECT auditproof.purge_verify(pg_catalog.decode($1, 'hex'), $2::pg_catalog.regclass);
