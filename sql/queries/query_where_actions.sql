-- Parameters: $1 actions.
  AND l.action = ANY ($1::pg_catalog.text[])
