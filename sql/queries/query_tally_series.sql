-- How often these values were found over time.
-- Parameters: $1 values and $2 details, one by one; $3 unit of date_trunc.
-- Columns: which (from 1), time (microseconds since 1970), n
)
SELECT w.which, (EXTRACT(epoch FROM pg_catalog.date_trunc($3::pg_catalog.text, f.created_at)) * 1000000)::pg_catalog.int8,
       pg_catalog.count(*)
FROM found AS f
JOIN unnest($1::pg_catalog.text[], $2::pg_catalog.text[]) WITH ORDINALITY AS w (value, detail, which)
  ON coalesce(f.value, '') = coalesce(w.value, '') AND (f.value IS NULL) = (w.value IS NULL)
 AND coalesce(f.detail, '') = coalesce(w.detail, '') AND (f.detail IS NULL) = (w.detail IS NULL)
WHERE pg_catalog.isfinite(f.created_at)
GROUP BY 1, 2
