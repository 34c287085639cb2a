-- An entry of each value at its time.
-- Parameters: $1 values, $2 details and $3 times, one by one. Columns: which (from 1), id
)
SELECT DISTINCT ON (w.which) w.which, f.id
FROM found AS f
JOIN unnest($1::pg_catalog.text[], $2::pg_catalog.text[], $3::pg_catalog.int8[])
     WITH ORDINALITY AS w (value, detail, us, which)
  ON coalesce(f.value, '') = coalesce(w.value, '') AND (f.value IS NULL) = (w.value IS NULL)
 AND coalesce(f.detail, '') = coalesce(w.detail, '') AND (f.detail IS NULL) = (w.detail IS NULL)
 AND f.created_at = 'epoch'::pg_catalog.timestamptz + w.us * '1 microsecond'::pg_catalog.interval
ORDER BY w.which, f.id
