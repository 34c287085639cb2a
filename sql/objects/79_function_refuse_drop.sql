-- Event trigger: refuses DROP SCHEMA auditproof CASCADE, and DROP OWNED BY auditproof_owner CASCADE, which take the
-- functions in auditproof and the event triggers on them along before these are asked. Hence it stands in public and
-- belongs to the superuser who installs. Elsewhere it would have no trigger to serve.
DO $do$
BEGIN
    IF NOT (SELECT r.rolsuper FROM pg_catalog.pg_roles r WHERE r.rolname = current_user) THEN
        RETURN;
    END IF;
    CREATE OR REPLACE FUNCTION public.auditproof_refuse_drop() RETURNS event_trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
    AS $body$
    BEGIN
        IF EXISTS (SELECT FROM pg_event_trigger_dropped_objects() d
                    WHERE d.object_type = 'schema' AND d.object_name = 'auditproof') THEN
            RAISE EXCEPTION 'dropping schema auditproof is refused: it holds the chains of the audit trail'
                USING ERRCODE = 'restrict_violation',
                      HINT = 'A superuser can disable event trigger auditproof_schema first. Without its chains nothing '
                             'about audit_logs can be proven any more.';
        END IF;
    END
    $body$;
    REVOKE ALL ON FUNCTION public.auditproof_refuse_drop() FROM PUBLIC;
END
$do$;
