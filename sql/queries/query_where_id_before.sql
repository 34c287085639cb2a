-- Parameters: $1 id of the last entry of the page before, which has no time.
  AND l.id < $1::pg_catalog.uuid
