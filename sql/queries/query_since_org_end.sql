-- OFFSET 0 has the organization's entries read, and not all from the oldest on until one is of it.
-- Parameters: none. Columns: created_at (microseconds since 1970), or NULL
      OFFSET 0) AS t
