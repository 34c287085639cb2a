-- Keep a certificate, and end the purge.
-- Parameters: $1 digest of the plan, $2 the signed note (both hexadecimal). Result: nothing.
SELECT auditproof.purge_certify(pg_catalog.decode($1, 'hex'), pg_catalog.decode($2, 'hex'));
