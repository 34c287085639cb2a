-- The end of a statement that has no more rows than so many.
-- Parameters: $1 how many. Result: none by itself
LIMIT $1::pg_catalog.int8
