-- An entry without the fields of a group, and with zeros for its salt.
CREATE OR REPLACE FUNCTION auditproof.erased_group(entry public.audit_logs, name text) RETURNS public.audit_logs
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    zeros CONSTANT bytea := E'\\x00000000000000000000000000000000';
BEGIN
    CASE name
        WHEN 'account' THEN
            entry.actor_id := NULL;
            entry.chain_salt := overlay(entry.chain_salt PLACING zeros FROM 1);
        WHEN 'actor' THEN
            entry.actor_email := NULL;
            entry.ip_address := NULL;
            entry.user_agent := NULL;
            entry.session_id := NULL;
            entry.chain_salt := overlay(entry.chain_salt PLACING zeros FROM 17);
        WHEN 'content' THEN
            entry.resource_id := NULL;
            entry.old_values := NULL;
            entry.new_values := NULL;
            entry.metadata := NULL;
            entry.chain_salt := overlay(entry.chain_salt PLACING zeros FROM 33);
    END CASE;
    RETURN entry;
END
$body$;
