-- Parameters: $1 level.
  AND l.risk_level = $1::pg_catalog.text
