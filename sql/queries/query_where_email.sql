-- Parameters: $1 pattern of LIKE.
  AND l.actor_email ILIKE $1::pg_catalog.text
