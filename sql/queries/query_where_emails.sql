-- Parameters: $1 addresses, of at most 320 bytes each: longer ones are not in the index.
  AND l.actor_email = ANY ($1::pg_catalog.text[]) AND pg_catalog.octet_length(l.actor_email) <= 320
