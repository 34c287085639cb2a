-- Make one month's partition: auditproof.partition_make().
-- Parameters: $1 the table's name, $2 month. Columns: rows that waited for it in the DEFAULT partition
SELECT auditproof.partition_make($1, $2::timestamptz);
