-- How many years a chain's entries are kept.
-- Parameters: $1 chain id. Result: years.
SELECT auditproof.keep_years($1::pg_catalog.uuid);
