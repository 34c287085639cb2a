-- Event trigger: refuses to drop what holds the audit trail (audit_logs, its columns and partitions, auditproof's
-- tables), and makes a critical entry of any other drop among its objects. A partition is known by the trigger that
-- went with it, for it is no longer one when this runs.
CREATE OR REPLACE FUNCTION auditproof.on_drop() RETURNS event_trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    d record;
BEGIN
    IF auditproof.is_installing() THEN
        RETURN;
    END IF;
    FOR d IN
        WITH dropped AS (SELECT * FROM pg_event_trigger_dropped_objects() o WHERE NOT o.is_temporary)
        SELECT o.object_type, o.object_identity,
               o.object_type IN ('table', 'table column')
                   AND (o.schema_name = 'auditproof' OR o.address_names[1:2] = '{public,audit_logs}')
               OR o.object_type = 'table'
                   AND EXISTS (SELECT FROM dropped t
                                WHERE t.object_type = 'trigger' AND t.address_names[3] = 'auditproof_chain'
                                  AND t.address_names[1:2] = o.address_names[1:2]) AS holds
          FROM dropped o
         WHERE o.schema_name = 'auditproof' AND o.object_type NOT IN ('index', 'type')
            OR o.object_identity = 'public.auditproof_refuse_drop()'
            OR o.object_type IN ('table', 'table column', 'trigger', 'policy', 'rule')
               AND (o.address_names[1:2] = '{public,audit_logs}'
                    OR o.object_type = 'trigger' AND o.address_names[3] LIKE 'auditproof\_%'
                    OR o.object_type = 'table')
    LOOP
        IF d.holds THEN
            RAISE EXCEPTION 'dropping % % is refused: it holds the audit trail', d.object_type, d.object_identity
                USING ERRCODE = 'restrict_violation',
                      HINT = 'Entries leave by retention only. A superuser can disable event trigger '
                             'auditproof_drop first, and that will be found.';
        ELSIF d.object_type <> 'table' AND to_regclass('public.audit_logs') IS NOT NULL THEN
            PERFORM auditproof.record_ddl(tg_tag, d.object_type, d.object_identity);
        END IF;
    END LOOP;
END
$body$;
