-- When a checkpoint was made: what is said of retention is as of then.
-- Parameters: $1 seals in the log. Result: microseconds since 1970.
SELECT (EXTRACT(epoch FROM c.sealed_at) * 1000000)::pg_catalog.int8
FROM auditproof.checkpoint AS c
WHERE c.size = $1::pg_catalog.int8;
