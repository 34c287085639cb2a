-- Set a retention period.
-- Parameters: $1 chain, $2 table, $3 class, $4 period, $5 its unit, $6 version, $7 basis, $8 jurisdiction, $9 approver.
-- Result: the entry that tells of it; NULL when it is in force as it is.
SELECT auditproof.policy_set($1::pg_catalog.uuid, $2, $3, $4::pg_catalog.int4, $5, $6::pg_catalog.int4, $7, $8, $9);
