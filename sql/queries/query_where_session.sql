-- Parameters: $1 session, of at most 200 bytes: longer ones are not in the index.
  AND l.session_id = $1::pg_catalog.text AND pg_catalog.octet_length(l.session_id) <= 200
