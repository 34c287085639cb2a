-- Parameters: $1 session.
  AND l.session_id = $1::pg_catalog.text
