-- Release a legal hold, as one of two logins.
-- Parameters: $1 hold, $2 reason. Result: how many logins are still lacking.
SELECT auditproof.hold_release($1::pg_catalog.uuid, $2);
