-- What of a chain was purged after its window.
-- Parameters: $1 chain id.
-- Result: purge, purged at in microseconds since 1970, reason, first and last seq, the entry of the system chain that
-- tells of it.
SELECT p.purge_id, (EXTRACT(epoch FROM p.purged_at) * 1000000)::pg_catalog.int8, p.reason, r.from_seq, r.to_seq,
       p.authorised_by
FROM auditproof.purge AS p
JOIN auditproof.purge_range AS r ON r.chain_id = p.chain_id AND r.purge_id = p.purge_id
WHERE p.chain_id = $1::pg_catalog.uuid
ORDER BY r.from_seq;
