-- Parameters: $1 id of the last entry of the page before, which has no time, the oldest being first.
  AND l.id > $1::pg_catalog.uuid
