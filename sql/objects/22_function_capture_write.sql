-- auditproof.capture_write(…): put one entry of change capture into audit_logs, with who acted taken from the request.
--
-- Who acted is what the request's JWT claims say at the time of the change (sub, email, role, session_id), else the
-- session's role; metadata.login is the login itself, which claims cannot change. A user or an organization that is
-- gone (the platform deletes a tenant, and the deletion cascades into captured tables) would break the foreign keys of
-- audit_logs: its id then stands in metadata, and the entry of a gone organization goes to the system chain.
CREATE OR REPLACE FUNCTION auditproof.capture_write(
    action text, resource_type text, risk_level text, organization uuid, resource_id uuid,
    old_values jsonb, new_values jsonb, metadata jsonb)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET row_security = on
AS $body$
DECLARE
    claims jsonb := auditproof.capture_setting('request.jwt.claims');
    headers jsonb := auditproof.capture_setting('request.headers');
    subject text := coalesce(claims ->> 'sub', nullif(current_setting('request.jwt.claim.sub', true), ''));
    account uuid := auditproof.capture_uuid(subject);
    account_there boolean := auditproof.user_exists(account);
    organization_there boolean := auditproof.organization_exists(organization);
    entry public.audit_logs;
BEGIN
    entry.organization_id := organization;
    entry.actor_id := account;
    entry.actor_email := left(claims ->> 'email', 320);
    entry.actor_role := left(coalesce(claims ->> 'role', nullif(current_setting('role'), 'none'), session_user), 128);
    entry.action := action;
    entry.resource_type := resource_type;
    entry.resource_id := resource_id;
    entry.old_values := old_values;
    entry.new_values := new_values;
    entry.risk_level := risk_level;
    entry.ip_address := auditproof.capture_address(headers ->> 'x-forwarded-for');
    entry.user_agent := left(headers ->> 'user-agent', 1024);
    entry.session_id := left(claims ->> 'session_id', 128);
    entry.metadata := metadata || jsonb_build_object('login', session_user);
    IF claims ? 'malformed' THEN
        entry.metadata := entry.metadata || '{"claims": "malformed"}';
    END IF;
    IF subject IS NOT NULL AND (account IS NULL OR NOT account_there) THEN
        entry := auditproof.capture_without_account(entry, subject);
    END IF;
    IF NOT organization_there THEN
        entry := auditproof.capture_without_organization(entry);
    END IF;
    IF (entry.actor_id IS NULL OR account_there) AND (entry.organization_id IS NULL OR organization_there) THEN
        PERFORM auditproof.capture_insert(entry);
        RETURN;
    END IF;
    -- Where auditproof_owner may not look, the foreign keys tell. Not the first choice: it costs a subtransaction a row.
    BEGIN
        PERFORM auditproof.capture_insert(entry);
    EXCEPTION WHEN foreign_key_violation THEN
        BEGIN
            entry := auditproof.capture_without_account(entry, subject);
            PERFORM auditproof.capture_insert(entry);
        EXCEPTION WHEN foreign_key_violation THEN
            PERFORM auditproof.capture_insert(auditproof.capture_without_organization(entry));
        END;
    END;
END
$body$;
