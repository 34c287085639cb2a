-- Narrows what is found to these times.
-- Parameters: $1 times.
  AND l.created_at = ANY ($1::pg_catalog.timestamptz[])
