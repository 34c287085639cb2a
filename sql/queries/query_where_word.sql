-- Parameters: $1 pattern of LIKE, of any text.
  AND (l.action ILIKE $1::pg_catalog.text OR l.resource_type ILIKE $1::pg_catalog.text
       OR l.actor_email ILIKE $1::pg_catalog.text OR l.actor_role ILIKE $1::pg_catalog.text
       OR l.user_agent ILIKE $1::pg_catalog.text OR l.session_id ILIKE $1::pg_catalog.text
       OR l.id::pg_catalog.text ILIKE $1::pg_catalog.text OR l.resource_id::pg_catalog.text ILIKE $1::pg_catalog.text
       OR l.actor_id::pg_catalog.text ILIKE $1::pg_catalog.text OR l.ip_address::pg_catalog.text ILIKE $1::pg_catalog.text
       OR l.new_values::pg_catalog.text ILIKE $1::pg_catalog.text
       OR l.old_values::pg_catalog.text ILIKE $1::pg_catalog.text
       OR l.metadata::pg_catalog.text ILIKE $1::pg_catalog.text)
