-- The next statement that makes an index that searches need, beside those who write. It stands for itself, in no transaction.
-- Parameters: none.
-- Columns: index, statement; no row when all are there.
SELECT s.index, s.statement FROM auditproof.index_step(false) AS s
