-- Event trigger: a change to audit_logs, its partitions, their triggers and policies, or to anything in auditproof
-- becomes a critical entry. Indexes and comments are nobody's concern.
CREATE OR REPLACE FUNCTION auditproof.on_ddl() RETURNS event_trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    c record;
BEGIN
    IF auditproof.is_installing() OR to_regclass('public.audit_logs') IS NULL THEN
        RETURN;
    END IF;
    FOR c IN
        WITH audit (relid) AS (
            SELECT 'public.audit_logs'::regclass::oid
            UNION
            SELECT p.relid FROM pg_partition_tree('public.audit_logs') p
        )
        SELECT d.command_tag, d.object_type, d.object_identity
          FROM pg_event_trigger_ddl_commands() d
         WHERE d.object_type <> 'index' AND d.command_tag <> 'COMMENT'
           AND (d.schema_name = 'auditproof' OR d.object_identity = 'public.auditproof_refuse_drop()'
                OR d.classid = 'pg_namespace'::regclass AND d.objid = to_regnamespace('auditproof')
                OR d.classid = 'pg_class'::regclass AND d.objid IN (SELECT a.relid FROM audit a)
                OR d.classid = 'pg_trigger'::regclass
                   AND d.objid IN (SELECT t.oid FROM pg_trigger t JOIN audit a ON a.relid = t.tgrelid)
                OR d.classid = 'pg_policy'::regclass
                   AND d.objid IN (SELECT p.oid FROM pg_policy p JOIN audit a ON a.relid = p.polrelid))
    LOOP
        PERFORM auditproof.record_ddl(c.command_tag, c.object_type, c.object_identity);
    END LOOP;
END
$body$;
