-- Entries by their place in their chains; query_where_* and query_new_order follow.
-- Parameters: $1 chains, $2 after which number and $3 up to which of each. Columns: those of query_entries
SELECT l.id, l.organization_id, l.actor_id, l.actor_email, l.actor_role, l.action, l.resource_type, l.resource_id,
       l.old_values, l.new_values, l.risk_level, l.ip_address, l.user_agent, l.metadata, l.session_id, l.created_at,
       l.chain_salt
FROM unnest($1::pg_catalog.uuid[], $2::pg_catalog.int8[], $3::pg_catalog.int8[]) AS w (chain_id, after, through)
JOIN auditproof.chain_entry AS e ON e.chain_id = w.chain_id AND e.seq > w.after AND e.seq <= w.through
JOIN public.audit_logs AS l
  ON l.id = e.log_id AND coalesce(l.organization_id, '00000000-0000-0000-0000-000000000000') = e.chain_id
WHERE true
