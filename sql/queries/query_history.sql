-- What was before; query_value_*, query_where_* and query_first_* follow.
-- Parameters: none.
), history AS (
