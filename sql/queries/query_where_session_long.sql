-- Parameters: $1 session, longer than those in the index.
  AND l.session_id = $1::pg_catalog.text
