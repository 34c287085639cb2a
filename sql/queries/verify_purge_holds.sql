-- What left while a legal hold was in force that covers it. The rows are gone, so that of a hold that is about an actor, a
-- resource or an action it cannot be told: the guard of audit_logs was to refuse it.
-- Parameters: $1 chain id or NULL for all.
-- Result: chain_id, first seq, how many entries, hold id, the hold's matter.
SELECT r.chain_id, pg_catalog.min(e.seq), pg_catalog.count(*), h.hold_id, h.matter
FROM auditproof.legal_hold AS h
JOIN auditproof.purge_range AS r ON h.chain_id IS NULL OR r.chain_id = h.chain_id
LEFT JOIN auditproof.purge AS p ON p.chain_id = r.chain_id AND p.purge_id = r.purge_id
JOIN auditproof.chain_entry AS e ON e.chain_id = r.chain_id AND e.seq >= r.from_seq AND e.seq <= r.to_seq
WHERE ($1::pg_catalog.uuid IS NULL OR r.chain_id = $1::pg_catalog.uuid)
  AND h.actor_ids IS NULL AND h.actor_email IS NULL AND h.resource_type IS NULL AND h.resource_id IS NULL
  AND h.action_pattern IS NULL
  AND h.placed_at < coalesce(r.purged_at, p.purged_at)
  AND (SELECT pg_catalog.count(DISTINCT s.released_by) FROM auditproof.legal_hold_release AS s
       WHERE s.hold_id = h.hold_id AND s.released_at < coalesce(r.purged_at, p.purged_at)) < 2
  AND (h.from_at IS NULL OR e.recorded_at >= h.from_at) AND (h.until_at IS NULL OR e.recorded_at < h.until_at)
GROUP BY r.chain_id, h.hold_id, h.matter
ORDER BY 1, 2;
