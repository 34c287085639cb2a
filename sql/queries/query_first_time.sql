-- The first of them.
-- Parameters: none.
  AND l.created_at > '-infinity'
ORDER BY l.created_at
LIMIT 1
