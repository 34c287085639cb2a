-- What every search begins with; query_where_* and an order follow.
-- Parameters: none. Columns: those of audit_logs, in the order of verify_plan
SELECT l.id, l.organization_id, l.actor_id, l.actor_email, l.actor_role, l.action, l.resource_type, l.resource_id,
       l.old_values, l.new_values, l.risk_level, l.ip_address, l.user_agent, l.metadata, l.session_id, l.created_at,
       l.chain_salt
FROM public.audit_logs AS l
WHERE true
