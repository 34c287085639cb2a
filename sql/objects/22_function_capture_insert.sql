-- Puts an entry of change capture into audit_logs, as of now; id and salt come from their defaults.
CREATE OR REPLACE FUNCTION auditproof.capture_insert(entry public.audit_logs) RETURNS void
LANGUAGE sql
SET search_path = pg_catalog, pg_temp
AS $body$
INSERT INTO public.audit_logs (organization_id, actor_id, actor_email, actor_role, action, resource_type, resource_id,
                               old_values, new_values, risk_level, ip_address, user_agent, metadata, session_id,
                               created_at)
VALUES (entry.organization_id, entry.actor_id, entry.actor_email, entry.actor_role, entry.action, entry.resource_type,
        entry.resource_id, entry.old_values, entry.new_values, entry.risk_level, entry.ip_address, entry.user_agent,
        entry.metadata, entry.session_id, clock_timestamp())
$body$;
