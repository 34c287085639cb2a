-- Put the copy in the table's place: auditproof.partition_swap().
-- Parameters: $1 the table's name
-- Columns: nothing of interest.
SELECT auditproof.partition_swap($1);
