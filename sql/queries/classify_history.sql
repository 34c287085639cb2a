-- Was an account seen earlier in a chain, and with this address, or this program?
-- Parameters: $1 chain, $2 before which number, $3 account, $4 address or NULL, $5 program or NULL
-- Columns: actor_seen, value_seen
SELECT EXISTS (SELECT FROM auditproof.entry l
               JOIN auditproof.chain_entry e ON e.chain_id = $1::uuid AND e.log_id = l.id AND e.seq < $2::bigint
               WHERE l.actor_id = $3::uuid AND coalesce(l.organization_id, '00000000-0000-0000-0000-000000000000') = $1::uuid) AS actor_seen,
       EXISTS (SELECT FROM auditproof.entry l
               JOIN auditproof.chain_entry e ON e.chain_id = $1::uuid AND e.log_id = l.id AND e.seq < $2::bigint
               WHERE l.actor_id = $3::uuid AND coalesce(l.organization_id, '00000000-0000-0000-0000-000000000000') = $1::uuid
                 AND (l.ip_address = $4::inet OR l.user_agent = $5::text)) AS value_seen
