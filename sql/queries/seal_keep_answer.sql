-- Parameters: $1 size of the checkpoint; $2 kind; $3 name; $4 answer, hexadecimal. Result: nothing.
SELECT auditproof.seal_attest($1::pg_catalog.int8, $2, $3, pg_catalog.decode($4, 'hex'));
