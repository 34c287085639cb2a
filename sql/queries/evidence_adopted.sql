-- Entries of a chain that were there before they were chained.
-- Parameters: $1 chain id. Result: first and last seq of each range, in order.
SELECT r.first_seq, r.last_seq
FROM auditproof.adoption_range AS r
WHERE r.chain_id = $1::pg_catalog.uuid
ORDER BY r.first_seq, r.last_seq;
