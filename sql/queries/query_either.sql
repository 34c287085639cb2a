-- Entries that one of two searches finds, each of which an index can serve: begins the first. Neither finds what the other
-- finds.
-- Parameters: none. Columns: those of query_entries
SELECT e.* FROM ((
