-- The first of them, which an index begins with.
-- Parameters: none. Columns: created_at (microseconds since 1970), or no row
ORDER BY l.created_at
LIMIT 1
