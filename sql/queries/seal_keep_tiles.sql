-- Parameters: $1 tiles as auditproof.seal_tiles takes them. Result: nothing.
SELECT auditproof.seal_tiles($1::pg_catalog.json);
