-- All entries, for those who verify without being exempt from row level security. A view reads with its owner's rights,
-- and this one's owner is that of audit_logs, to whom policies do not apply: so `row_security = off`, which makes
-- PostgreSQL raise an error rather than hide rows, can stay on while an auditor reads.
CREATE OR REPLACE VIEW auditproof.entry AS
SELECT l.id, l.organization_id, l.actor_id, l.actor_email, l.actor_role, l.action, l.resource_type, l.resource_id,
       l.old_values, l.new_values, l.risk_level, l.ip_address, l.user_agent, l.metadata, l.session_id, l.created_at,
       l.chain_salt
  FROM public.audit_logs l;
