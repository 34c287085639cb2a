-- Parameters: $1 action.
  AND l.action = $1::pg_catalog.text
