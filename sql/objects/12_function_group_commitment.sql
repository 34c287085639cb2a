-- What a group of an entry is committed to, by its fields and salt (audit-format(5)).
CREATE OR REPLACE FUNCTION auditproof.group_commitment(entry public.audit_logs, name text) RETURNS bytea
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $body$
SELECT CASE name
           WHEN 'account' THEN auditproof.commitment(substr(entry.chain_salt, 1, 16), json_build_array(entry.actor_id))
           WHEN 'actor' THEN auditproof.commitment(substr(entry.chain_salt, 17, 16),
               json_build_array(entry.actor_email, entry.ip_address, entry.user_agent, entry.session_id))
           WHEN 'content' THEN auditproof.commitment(substr(entry.chain_salt, 33, 16), auditproof.content_fields(entry)) END
$body$;
