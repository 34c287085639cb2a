-- Parameters: $1 digest of a plan (hexadecimal). Result: nothing.
SELECT auditproof.purge_approve(pg_catalog.decode($1, 'hex'));
