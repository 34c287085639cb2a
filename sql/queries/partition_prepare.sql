-- Begin to move a table: auditproof.partition_prepare().
-- Parameters: $1 the table's name, $2 months ahead
-- Columns: nothing of interest.
SELECT auditproof.partition_prepare($1, $2::integer);
