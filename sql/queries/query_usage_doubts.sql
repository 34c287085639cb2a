-- What makes the sums doubtful: days of a resource whose hours add up to something else than the whole day; those with several
-- rows for the whole day; rows to be billed without a cost.
-- Columns: differ, twice, unpriced
SELECT (SELECT pg_catalog.count(*)
        FROM (SELECT FROM chosen AS c WHERE NOT c.level GROUP BY c.resource_type, c.day
              HAVING pg_catalog.sum(c.added) FILTER (WHERE c.whole) <> pg_catalog.sum(c.added) FILTER (WHERE NOT c.whole)) AS x),
       (SELECT pg_catalog.count(*)
        FROM (SELECT FROM chosen AS c WHERE c.whole GROUP BY c.resource_type, c.day HAVING pg_catalog.sum(c.times) > 1) AS x),
       (SELECT coalesce(pg_catalog.sum(d.unpriced), 0) FROM days AS d)
