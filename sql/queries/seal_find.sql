-- Where an entry is. Parameters: $1 log id. Result: chain id, seq.
SELECT e.chain_id, e.seq
FROM auditproof.entry AS t
JOIN auditproof.chain_entry AS e
  ON e.chain_id = coalesce(t.organization_id, '00000000-0000-0000-0000-000000000000'::pg_catalog.uuid) AND e.log_id = t.id
WHERE t.id = $1::pg_catalog.uuid;
