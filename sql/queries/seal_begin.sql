-- Begin a round of sealing, once nobody else is at one.
-- Parameters: none. Result: the database's clock, in microseconds since 1970.
SELECT (EXTRACT(epoch FROM auditproof.seal_begin()) * 1000000)::pg_catalog.int8;
