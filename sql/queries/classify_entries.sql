-- The next entries of a chain, as the JSON objects that rules see.
-- Parameters: $1 chain, $2 after which number, $3 up to which, $4 at most so many
-- Columns: seq
--          log_id
--          kind    'entry', 'own' for what tells of a classification, 'gone' when the row is not there
--          event   of an entry: its columns, without the salt
SELECT e.seq, e.log_id, k.kind,
       CASE k.kind WHEN 'entry' THEN
           (SELECT pg_catalog.row_to_json(r)
            FROM (SELECT l.id, l.organization_id, l.actor_id, l.actor_email, l.actor_role, l.action, l.resource_type,
                         l.resource_id, l.old_values, l.new_values, l.risk_level, l.ip_address, l.user_agent, l.metadata,
                         l.session_id, l.created_at) AS r)
       END AS event
FROM (SELECT c.seq, c.log_id FROM auditproof.chain_entry c
      WHERE c.chain_id = $1::uuid AND c.seq > $2::bigint AND c.seq <= $3::bigint
      ORDER BY c.seq LIMIT $4::integer) AS e
LEFT JOIN auditproof.entry l ON l.id = e.log_id
CROSS JOIN LATERAL (SELECT CASE
    WHEN l.id IS NULL THEN 'gone'
    WHEN l.action = 'audit.classified' AND pg_catalog.uuid_send(l.id) = pg_catalog.substr(
        pg_catalog.sha256('auditproof/classification'::bytea OPERATOR(pg_catalog.||) l.chain_salt), 1, 16) THEN 'own'
    ELSE 'entry' END AS kind) AS k
ORDER BY e.seq
