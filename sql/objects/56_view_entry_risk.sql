-- Entries with their effective level: the higher of the risk_level that they were written with, which is hashed and
-- stays, and the highest that any rule set found. Read with the reader's own rights: a tenant sees its own entries, by the
-- policies of audit_logs and of risk_finding.
CREATE OR REPLACE VIEW auditproof.entry_risk WITH (security_invoker = true) AS
SELECT l.id, l.organization_id, l.actor_id, l.actor_email, l.actor_role, l.action, l.resource_type, l.resource_id,
       l.old_values, l.new_values, l.risk_level, l.ip_address, l.user_agent, l.metadata, l.session_id, l.created_at,
       (ARRAY['low', 'medium', 'high', 'critical'])[greatest(1, coalesce(r.rank, 1),
           pg_catalog.array_position(ARRAY['low', 'medium', 'high', 'critical'], l.risk_level))] AS effective_level,
       coalesce(r.findings, 0) AS findings
  FROM public.audit_logs l
  LEFT JOIN LATERAL (
      SELECT pg_catalog.max(pg_catalog.array_position(ARRAY['low', 'medium', 'high', 'critical'], f.level)) AS rank,
             pg_catalog.count(*) AS findings
        FROM auditproof.risk_finding f
       WHERE f.chain_id = coalesce(l.organization_id, '00000000-0000-0000-0000-000000000000') AND f.log_id = l.id AND NOT f.closed
  ) r ON true;
