-- How many entries, after query_actor and its conditions.
-- Parameters: none. Columns: entries; first and last in microseconds since 1970
)
SELECT pg_catalog.count(*), (extract(epoch FROM pg_catalog.min(s.created_at)) * 1000000)::pg_catalog.int8,
       (extract(epoch FROM pg_catalog.max(s.created_at)) * 1000000)::pg_catalog.int8
FROM seen s
