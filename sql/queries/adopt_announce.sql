-- Write the entries that start or finish adoptions.
-- Parameters: $1 finished; $2 at most how many.
-- Columns: how many.
SELECT auditproof.adopt_announce($1::boolean, $2::integer);
