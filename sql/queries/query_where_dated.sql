-- Those without a time come by themselves: before the others, or after them when the oldest are first.
-- Parameters: none.
  AND l.created_at IS NOT NULL
