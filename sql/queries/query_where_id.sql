-- Parameters: $1 id of the entry.
  AND l.id = $1::pg_catalog.uuid
