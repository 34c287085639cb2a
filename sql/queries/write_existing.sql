-- Which entries of a batch are in the table already.
-- Parameters: $1 to $16 as in write_entries.
-- Result: n, the position in the arrays, from 1; same, whether the entry there says the same.
SELECT w.n, w.same
FROM auditproof.written($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) AS w
