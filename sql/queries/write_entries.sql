-- Store a batch of entries: one array a column, of equal lengths, ordered by chain (auditwrite).
-- Parameters: $1 id, $2 organization_id, $3 actor_id, $4 actor_email, $5 actor_role, $6 action, $7 resource_type,
--             $8 resource_id, $9 old_values, $10 new_values, $11 risk_level, $12 ip_address, $13 user_agent,
--             $14 metadata, $15 session_id, $16 created_at (NULL: now)
INSERT INTO public.audit_logs (
    id, organization_id, actor_id, actor_email, actor_role, action, resource_type, resource_id,
    old_values, new_values, risk_level, ip_address, user_agent, metadata, session_id, created_at)
SELECT e.id, e.organization_id, e.actor_id, e.actor_email, e.actor_role, e.action, e.resource_type, e.resource_id,
       e.old_values, e.new_values, e.risk_level, e.ip_address, e.user_agent, e.metadata, e.session_id,
       coalesce(e.created_at, pg_catalog.now())
FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
    AS e (id, organization_id, actor_id, actor_email, actor_role, action, resource_type, resource_id,
          old_values, new_values, risk_level, ip_address, user_agent, metadata, session_id, created_at)
