-- Is there an entry of this id that no chain has?
-- Parameters: $1 log id. Result: true or false.
SELECT EXISTS (SELECT FROM auditproof.entry AS l WHERE l.id = $1::pg_catalog.uuid);
