-- Parameters: $1 at most so many.
ORDER BY l.created_at DESC, l.id DESC
LIMIT $1::pg_catalog.int8
