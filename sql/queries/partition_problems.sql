-- What keeps a table from being moved to partitions, a sentence each.
-- Parameters: $1 the table's name. Columns: problem
SELECT p FROM auditproof.partition_problems($1) AS p;
