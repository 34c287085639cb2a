-- Parameters: $1 type.
  AND l.resource_type = $1::pg_catalog.text
