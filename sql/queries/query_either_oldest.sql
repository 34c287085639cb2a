-- Ends the second of two searches.
-- Parameters: $1 at most so many.
)) AS e
ORDER BY e.created_at, e.id
LIMIT $1::pg_catalog.int8
