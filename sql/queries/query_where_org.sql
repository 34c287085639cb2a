-- Parameters: $1 organization.
  AND l.organization_id = $1::pg_catalog.uuid
