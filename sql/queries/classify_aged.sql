-- Open batches, of any rule set, that are to be ended for their age.
-- Parameters: $1 the age. Columns: chain_id, ruleset
SELECT p.chain_id, p.ruleset FROM auditproof.classification p
WHERE p.batch_at <= pg_catalog.clock_timestamp() - $1::interval
ORDER BY p.batch_at
