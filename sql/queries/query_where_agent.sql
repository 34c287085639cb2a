-- Parameters: $1 pattern of LIKE.
  AND l.user_agent ILIKE $1::pg_catalog.text
