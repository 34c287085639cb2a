-- Parameters: $1 account; $2 pattern of LIKE for the address of mail in entries that name no account.
  AND (l.actor_id = $1::pg_catalog.uuid OR l.actor_id IS NULL AND l.actor_email ILIKE $2::pg_catalog.text)
