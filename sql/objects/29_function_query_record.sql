-- Chains that entries were searched for: by which login, for what purpose, and by what. `detail` is an object that says the
-- rest (auditquery(1), RECORDED QUERIES). Into the tenant's chain, or the system's where home is NULL, the nil UUID, or the
-- tenant is gone. The id is of a hash of the salt, which no application can choose, so that none can write one that would
-- be taken for it. Returns the entry's id.
CREATE OR REPLACE FUNCTION auditproof.query_record(home uuid, purpose text, detail jsonb) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET row_security = on
AS $body$
DECLARE
    salt CONSTANT bytea := uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid());
    new_id CONSTANT uuid := encode(substr(sha256('auditproof/query'::bytea || salt), 1, 16), 'hex')::uuid;
BEGIN
    IF purpose !~ '\S' OR length(purpose) > 1000 THEN
        RAISE EXCEPTION 'a purpose is a text of at most 1000 characters, and not blank'
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF jsonb_typeof(detail) IS DISTINCT FROM 'object' OR octet_length(detail::text) > 65536 THEN
        RAISE EXCEPTION 'what is told of a query is an object of at most 64 kB' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    INSERT INTO public.audit_logs (id, organization_id, actor_role, action, resource_type, risk_level, metadata, chain_salt)
    VALUES (new_id, CASE WHEN home <> '00000000-0000-0000-0000-000000000000'
                              AND auditproof.organization_exists(home) IS NOT FALSE THEN home END,
            session_user, 'audit.queried', 'audit_logs', 'low',
            detail || jsonb_build_object('source', 'auditproof', 'login', session_user, 'purpose', purpose), salt);
    RETURN new_id;
END
$body$;
