-- The line of the certificate that says what was done.
-- Parameters: $1 digest (hexadecimal); $2 what whoever executes says of it, as JSON. Result: the line.
SELECT auditproof.purge_outcome(pg_catalog.decode($1, 'hex'), $2::pg_catalog.json);
