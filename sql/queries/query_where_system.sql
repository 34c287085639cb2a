-- Parameters: none.
  AND l.organization_id IS NULL
