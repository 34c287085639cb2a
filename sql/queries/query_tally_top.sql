-- The most frequent values of those that were found.
-- Parameters: $1 at most so many.
-- Columns: value, detail, label, n, first and last (microseconds since 1970), values and entries (in all), earliest
--          and latest, and last once more as a time
), counted AS (
    SELECT f.value, f.detail, pg_catalog.max(f.label COLLATE "C") AS label, pg_catalog.count(*) AS n,
           pg_catalog.min(f.created_at) FILTER (WHERE f.created_at > '-infinity' AND f.created_at < '294247-01-01Z') AS first,
           pg_catalog.max(f.created_at) FILTER (WHERE f.created_at > '-infinity' AND f.created_at < '294247-01-01Z') AS last
    FROM found AS f
    GROUP BY f.value, f.detail
), ranked AS (
    SELECT c.*, pg_catalog.count(*) OVER () AS values, pg_catalog.sum(c.n) OVER ()::pg_catalog.int8 AS entries,
           pg_catalog.min(c.first) OVER () AS earliest, pg_catalog.max(c.last) OVER () AS latest
    FROM counted AS c
)
SELECT r.value, r.detail, r.label, r.n, (EXTRACT(epoch FROM r.first) * 1000000)::pg_catalog.int8,
       (EXTRACT(epoch FROM r.last) * 1000000)::pg_catalog.int8, r.values, r.entries,
       (EXTRACT(epoch FROM r.earliest) * 1000000)::pg_catalog.int8,
       (EXTRACT(epoch FROM r.latest) * 1000000)::pg_catalog.int8, r.last
FROM ranked AS r
ORDER BY r.n DESC, r.value COLLATE "C" NULLS LAST, r.detail COLLATE "C" NULLS LAST
LIMIT $1::pg_catalog.int8
