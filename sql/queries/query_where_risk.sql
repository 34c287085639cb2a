-- Parameters: $1 levels.
  AND l.risk_level = ANY ($1::pg_catalog.text[])
