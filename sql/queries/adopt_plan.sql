-- Open an adoption for every chain that has rows to adopt.
-- Parameters: none.
-- Columns: rows to adopt, chains they belong to.
SELECT p.row_count, p.chain_count FROM auditproof.adopt_plan() AS p;
