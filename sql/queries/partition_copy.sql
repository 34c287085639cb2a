-- Copy the next blocks: auditproof.partition_copy().
-- Parameters: $1 the table's name, $2 blocks. Columns: blocks copied, blocks in all
SELECT c.done, c.total FROM auditproof.partition_copy($1, $2::bigint) AS c;
