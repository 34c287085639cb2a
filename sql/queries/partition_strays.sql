-- What is in the DEFAULT partition: auditproof.partition_strays().
-- Parameters: $1 the table's name. Columns: partition; rows that wait for a month's partition; rows that have no month
SELECT s.partition::text, s.waiting, s.outside FROM auditproof.partition_strays($1) AS s;
