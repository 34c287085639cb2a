-- Record a decision on erasure.
-- Parameters: $1 chain, $2 outcome, $3 ground, $4 reason, $5 day of review or NULL, $6 log ids (uuid[]), $7 a group for each.
-- Result: its id.
SELECT auditproof.erase_decide($1::pg_catalog.uuid, $2, $3, $4, ($5::pg_catalog.timestamptz AT TIME ZONE 'UTC')::pg_catalog.date,
                               $6::pg_catalog.uuid[], $7::pg_catalog.text[]);
