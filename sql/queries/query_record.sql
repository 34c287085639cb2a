-- Chain that entries were searched for.
-- Parameters: $1 organization, or NULL for several; $2 purpose, or NULL; $3 what was asked. Result: id of the entry
SELECT auditproof.query_record($1::pg_catalog.uuid, $2::pg_catalog.text, $3::pg_catalog.jsonb)
