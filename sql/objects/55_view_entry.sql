-- All entries, for those who verify without being exempt from row level security. A view reads with its owner's rights,
-- and this one's owner is that of audit_logs, to whom policies do not apply: so `row_security = off`, which makes
-- PostgreSQL raise an error rather than hide rows, can stay on while an auditor reads.
-- One that cannot be replaced, with columns renamed or of an owner that is not ours, is dropped first, which the owner of
-- the schema may.
DO $do$
BEGIN
    IF EXISTS (SELECT FROM pg_catalog.pg_class c
                WHERE c.oid = pg_catalog.to_regclass('auditproof.entry') AND c.relkind = 'v'
                  AND (NOT pg_catalog.pg_has_role(c.relowner, 'USAGE')
                       OR (SELECT pg_catalog.array_agg(a.attname::text ORDER BY a.attnum) FROM pg_catalog.pg_attribute a
                            WHERE a.attrelid = c.oid AND a.attnum > 0)
                          <> '{id,organization_id,actor_id,actor_email,actor_role,action,resource_type,resource_id,'
                             'old_values,new_values,risk_level,ip_address,user_agent,metadata,session_id,created_at,'
                             'chain_salt}')) THEN
        DROP VIEW auditproof.entry;
    END IF;
END
$do$;
CREATE OR REPLACE VIEW auditproof.entry AS
SELECT l.id, l.organization_id, l.actor_id, l.actor_email, l.actor_role, l.action, l.resource_type, l.resource_id,
       l.old_values, l.new_values, l.risk_level, l.ip_address, l.user_agent, l.metadata, l.session_id, l.created_at,
       l.chain_salt
  FROM public.audit_logs l;
