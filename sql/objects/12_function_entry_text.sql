-- The exact text that is hashed for an entry, from its columns (audit-format(5)). Groups that were erased come out with
-- the commitment that auditproof.erasure keeps.
CREATE OR REPLACE FUNCTION auditproof.entry_text(entry public.audit_logs) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $body$
SELECT json_build_array('auditproof/1', entry.id, entry.organization_id, auditproof.time_us(entry.created_at),
           entry.actor_role, entry.action, entry.resource_type, entry.risk_level,
           encode(coalesce(kept.account, auditproof.commitment(substr(entry.chain_salt, 1, 16),
               json_build_array(entry.actor_id))), 'hex'),
           encode(coalesce(kept.actor, auditproof.commitment(substr(entry.chain_salt, 17, 16),
               json_build_array(entry.actor_email, entry.ip_address, entry.user_agent, entry.session_id))), 'hex'),
           encode(coalesce(kept.content, auditproof.commitment(substr(entry.chain_salt, 33, 16),
               auditproof.content_fields(entry))), 'hex')
       )::text
  FROM (SELECT (array_agg(e.commitment) FILTER (WHERE e."group" = 'account'))[1] AS account,
               (array_agg(e.commitment) FILTER (WHERE e."group" = 'actor'))[1] AS actor,
               (array_agg(e.commitment) FILTER (WHERE e."group" = 'content'))[1] AS content
          FROM auditproof.erasure e
         WHERE e.chain_id = auditproof.chain_of(entry.organization_id) AND e.log_id = entry.id) AS kept
$body$;
