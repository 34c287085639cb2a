-- Writes the critical entry that tells of a change to the audit trail's own objects. It is chained at once: while a
-- deferred trigger waits, PostgreSQL refuses to alter the table again, and a migration may well do so. When the trigger
-- that chains is not there any more, or did not fire, the entry is chained without it. Where no partition takes the entry the
-- change is refused: nothing changes the audit trail unrecorded.
CREATE OR REPLACE FUNCTION auditproof.record_ddl(command text, kind text, object text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET row_security = on
AS $body$
DECLARE
    is_there CONSTANT boolean := EXISTS (SELECT FROM pg_trigger t
                                          WHERE t.tgrelid = 'public.audit_logs'::regclass
                                            AND t.tgname = 'auditproof_chain');
    -- written out, for auditproof.chain_of() may be what was just replaced
    system_chain CONSTANT uuid := '00000000-0000-0000-0000-000000000000';
    entry public.audit_logs%ROWTYPE;
BEGIN
    IF is_there THEN
        SET CONSTRAINTS public.auditproof_chain IMMEDIATE;
    END IF;
    BEGIN
        INSERT INTO public.audit_logs (actor_role, action, resource_type, risk_level, ip_address, metadata)
        VALUES (session_user, 'audit.schema_changed', kind, 'critical', inet_client_addr(),
                jsonb_build_object('command', command, 'object', object, 'login', session_user))
        RETURNING * INTO entry;
    EXCEPTION WHEN check_violation THEN
        RAISE EXCEPTION '% is refused: audit_logs cannot take the entry that would tell of it', command
            USING ERRCODE = 'object_not_in_prerequisite_state', DETAIL = SQLERRM,
                  HINT = 'Where audit_logs is partitioned, create a partition for the present, or a default one, first.';
    END;
    IF is_there THEN
        SET CONSTRAINTS public.auditproof_chain DEFERRED;
    END IF;
    IF NOT EXISTS (SELECT FROM auditproof.chain_entry c
                    WHERE c.chain_id = system_chain AND c.log_id = entry.id) THEN
        PERFORM auditproof.append(system_chain, entry.id, auditproof.content_hash(entry));
    END IF;
END
$body$;
