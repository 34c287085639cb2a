-- Do a table and its copy hold the same rows? auditproof.partition_compare().
-- Parameters: $1 the table's name. Columns: same
SELECT auditproof.partition_compare($1);
