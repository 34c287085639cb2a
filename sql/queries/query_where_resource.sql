-- Parameters: $1 id.
  AND l.resource_id = $1::pg_catalog.uuid
