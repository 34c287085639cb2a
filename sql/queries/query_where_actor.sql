-- Parameters: $1 account.
  AND l.actor_id = $1::pg_catalog.uuid
