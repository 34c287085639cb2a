-- Begin a round of sealing: one at a time in a database, whoever comes second waits. The lock ends with the transaction.
-- Parameters: none. Result: the database's clock, in microseconds since 1970.
SELECT (EXTRACT(epoch FROM l.at) * 1000000)::pg_catalog.int8
FROM (SELECT pg_catalog.pg_advisory_xact_lock(1096110188, 1), pg_catalog.clock_timestamp() AS at OFFSET 0) AS l;
