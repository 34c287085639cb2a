-- Writes the entry that authorises a change of retention, and tells of it: into the tenant's chain, or the system's where
-- home is the nil UUID or the tenant is gone. Its id is of a hash of its salt, which no application can choose, so that
-- none can write one that would be taken for it.
CREATE OR REPLACE FUNCTION auditproof.tell_retention(home uuid, action text, resource_type text, resource_id uuid,
                                                     risk_level text, detail jsonb) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET row_security = on
AS $body$
DECLARE
    salt CONSTANT bytea := uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid());
    new_id CONSTANT uuid := encode(substr(sha256('auditproof/retention'::bytea || salt), 1, 16), 'hex')::uuid;
BEGIN
    INSERT INTO public.audit_logs (id, organization_id, actor_role, action, resource_type, resource_id, risk_level, metadata,
                                   chain_salt)
    VALUES (new_id, CASE WHEN home <> '00000000-0000-0000-0000-000000000000'
                              AND auditproof.organization_exists(home) IS NOT FALSE THEN home END,
            session_user, action, resource_type, resource_id, risk_level,
            jsonb_build_object('source', 'auditproof', 'login', session_user) || detail, salt);
    RETURN new_id;
END
$body$;
