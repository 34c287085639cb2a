-- Ends the first of two searches, and begins the second.
-- Parameters: none. Columns: those of query_entries
) UNION ALL (
