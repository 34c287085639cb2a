-- Erase the next entries of a decision.
-- Parameters: $1 chain, $2 decision, $3 entry after which to go on, or NULL; $4 how many at most.
-- Result: the last one looked at, or NULL when none was left; how many were erased, how many are held.
SELECT b.through, b.entries, b.held
FROM auditproof.erase_batch($1::pg_catalog.uuid, $2::pg_catalog.uuid, $3::pg_catalog.uuid, $4::pg_catalog.int4) AS b;
