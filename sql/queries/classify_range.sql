-- Entries to be classified without being recorded, a chain after the other, each in its order. What tells of
-- classifications is left out.
-- Parameters: $1 chain or NULL, $2 first number or NULL, $3 from when on (by created_at) or NULL, $4 until before when or NULL
-- Columns: chain_id, seq, log_id, event, recorded_us
DECLARE classify_range NO SCROLL CURSOR FOR
SELECT e.chain_id, e.seq, e.log_id,
       (SELECT pg_catalog.row_to_json(r)
        FROM (SELECT l.id, l.organization_id, l.actor_id, l.actor_email, l.actor_role, l.action, l.resource_type,
                     l.resource_id, l.old_values, l.new_values, l.risk_level, l.ip_address, l.user_agent, l.metadata,
                     l.session_id, l.created_at) AS r) AS event,
       (EXTRACT(epoch FROM e.recorded_at) * 1000000)::pg_catalog.int8 AS recorded_us
FROM auditproof.chain_entry e
JOIN auditproof.entry l ON l.id = e.log_id AND coalesce(l.organization_id, '00000000-0000-0000-0000-000000000000') = e.chain_id
WHERE ($1::uuid IS NULL OR e.chain_id = $1::uuid)
  AND ($2::bigint IS NULL OR e.seq >= $2::bigint)
  AND ($3::timestamptz IS NULL OR l.created_at >= $3::timestamptz)
  AND ($4::timestamptz IS NULL OR l.created_at < $4::timestamptz)
  AND NOT (l.action = 'audit.classified' AND pg_catalog.uuid_send(l.id) = pg_catalog.substr(
      pg_catalog.sha256('auditproof/classification'::bytea OPERATOR(pg_catalog.||) l.chain_salt), 1, 16))
ORDER BY e.chain_id, e.seq
