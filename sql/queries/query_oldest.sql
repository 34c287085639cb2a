-- Parameters: $1 at most so many.
ORDER BY l.created_at, l.id
LIMIT $1::pg_catalog.int8
