-- Entries by their ids.
-- Parameters: $1 ids. Columns: those of query_entries
SELECT l.id, l.organization_id, l.actor_id, l.actor_email, l.actor_role, l.action, l.resource_type, l.resource_id,
       l.old_values, l.new_values, l.risk_level, l.ip_address, l.user_agent, l.metadata, l.session_id, l.created_at,
       l.chain_salt
FROM pg_catalog.unnest($1::pg_catalog.uuid[]) AS n (id)
JOIN public.audit_logs AS l ON l.id = n.id
