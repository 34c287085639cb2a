-- An entry whose account is none of auth.users: what the claims said of it then stands in metadata.
CREATE OR REPLACE FUNCTION auditproof.capture_without_account(INOUT entry public.audit_logs, subject text)
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $body$
BEGIN
    entry.actor_id := NULL;
    entry.metadata := entry.metadata || jsonb_build_object('actor', left(subject, 128));
END
$body$;
