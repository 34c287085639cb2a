-- Give a move up: drops the copy and what feeds it.
-- Parameters: $1 the table's name
-- Columns: nothing of interest.
SELECT auditproof.partition_give_up($1);
