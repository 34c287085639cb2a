-- How often these values were found over time. What was found is counted before it is told apart, so that it is read once.
-- Parameters: $1 values and $2 details, one by one; $3 unit of date_trunc.
-- Columns: which (from 1), time (microseconds since 1970), n
), counted AS MATERIALIZED (
    SELECT f.value, f.detail, pg_catalog.date_trunc($3::pg_catalog.text, f.created_at) AS unit, pg_catalog.count(*) AS n
    FROM found AS f
    WHERE f.created_at > '-infinity' AND f.created_at < '294247-01-01Z'
      AND (f.value = ANY ($1::pg_catalog.text[]) OR f.value IS NULL)
    GROUP BY 1, 2, 3
)
SELECT w.which, (EXTRACT(epoch FROM c.unit) * 1000000)::pg_catalog.int8, c.n
FROM counted AS c
JOIN unnest($1::pg_catalog.text[], $2::pg_catalog.text[]) WITH ORDINALITY AS w (value, detail, which)
  ON coalesce(c.value, '') = coalesce(w.value, '') AND (c.value IS NULL) = (w.value IS NULL)
 AND coalesce(c.detail, '') = coalesce(w.detail, '') AND (c.detail IS NULL) = (w.detail IS NULL)
