-- Parameters: $1 time.
  AND l.created_at < $1::pg_catalog.timestamptz
