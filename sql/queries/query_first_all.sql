-- Values that history has not, which is read once for all of them.
-- Parameters: $1 at most so many.
-- Columns: value, detail, label, n, first and last (microseconds since 1970), values (in all),
--          and first once more as a time
), new AS MATERIALIZED (
    SELECT f.value, f.detail, pg_catalog.max(f.label COLLATE "C") AS label, pg_catalog.count(*) AS n,
           pg_catalog.min(f.created_at) FILTER (WHERE f.created_at > '-infinity' AND f.created_at < '294247-01-01Z') AS first,
           pg_catalog.max(f.created_at) FILTER (WHERE f.created_at > '-infinity' AND f.created_at < '294247-01-01Z') AS last
    FROM found AS f
    WHERE f.value IS NOT NULL
    GROUP BY f.value, f.detail
), old AS (
    SELECT DISTINCT h.value, h.detail
    FROM history AS h
    JOIN new AS n ON h.value = n.value AND coalesce(h.detail, '') = coalesce(n.detail, '')
                 AND (h.detail IS NULL) = (n.detail IS NULL)
)
SELECT n.value, n.detail, n.label, n.n, (EXTRACT(epoch FROM n.first) * 1000000)::pg_catalog.int8,
       (EXTRACT(epoch FROM n.last) * 1000000)::pg_catalog.int8, pg_catalog.count(*) OVER (), n.first
FROM new AS n
WHERE NOT EXISTS (SELECT FROM old AS o WHERE o.value = n.value
                  AND coalesce(o.detail, '') = coalesce(n.detail, '') AND (o.detail IS NULL) = (n.detail IS NULL))
ORDER BY n.first DESC NULLS FIRST, n.value COLLATE "C", n.detail COLLATE "C" NULLS LAST
LIMIT $1::pg_catalog.int8
