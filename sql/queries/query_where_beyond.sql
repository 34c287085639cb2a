-- Parameters: $1 time and $2 id of the last entry of the page before, the oldest being first.
  AND l.created_at >= $1::pg_catalog.timestamptz
  AND (l.created_at, l.id) > ($1::pg_catalog.timestamptz, $2::pg_catalog.uuid)
