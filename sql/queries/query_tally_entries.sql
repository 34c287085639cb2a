-- An entry of each value at its time, of the few that were found.
-- Parameters: $1 values, $2 details and $3 times, one by one. Columns: which (from 1), id
), few AS MATERIALIZED (
    SELECT f.value, f.detail, f.created_at, f.id FROM found AS f
)
SELECT DISTINCT ON (w.which) w.which, f.id
FROM few AS f
JOIN unnest($1::pg_catalog.text[], $2::pg_catalog.text[], $3::pg_catalog.timestamptz[])
     WITH ORDINALITY AS w (value, detail, created_at, which)
  ON coalesce(f.value, '') = coalesce(w.value, '') AND (f.value IS NULL) = (w.value IS NULL)
 AND coalesce(f.detail, '') = coalesce(w.detail, '') AND (f.detail IS NULL) = (w.detail IS NULL)
 AND f.created_at = w.created_at
ORDER BY w.which, f.id
