-- The indexes that a plan names, those of partitions by the one that they are parts of.
-- Parameters: $1 names. Columns: names, ", " between them
SELECT pg_catalog.string_agg(DISTINCT coalesce(p.relname, n.name)::pg_catalog.text COLLATE "C", ', ')
FROM pg_catalog.unnest($1::pg_catalog.text[]) AS n (name)
LEFT JOIN pg_catalog.pg_class c
  ON c.relname = n.name AND c.relkind = 'i' AND c.relnamespace = 'public'::pg_catalog.regnamespace
LEFT JOIN pg_catalog.pg_inherits h ON h.inhrelid = c.oid
LEFT JOIN pg_catalog.pg_class p ON p.oid = h.inhparent
