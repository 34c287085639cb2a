-- An entry that says nothing of its risk is of low risk.
-- Parameters: $1 levels, low being one.
  AND (l.risk_level = ANY ($1::pg_catalog.text[]) OR l.risk_level IS NULL)
