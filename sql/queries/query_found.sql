-- What fits; query_value_*, query_where_* and query_tally_* follow.
-- Parameters: none. Result: a part of a statement
WITH found AS (
