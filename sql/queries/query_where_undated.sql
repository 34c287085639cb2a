-- Parameters: none.
  AND l.created_at IS NULL
