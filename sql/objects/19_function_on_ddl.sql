-- Event trigger: a change to audit_logs, its partitions, their triggers and policies, or to anything in auditproof
-- becomes a critical entry. Indexes and comments are nobody's concern.
--
-- Refused is what takes rows into the table, or out of it, as partitions. A table that is attached while it has rows is
-- known by what was added to the catalog in this transaction: they are not chained. One that is detached has still the one
-- against TRUNCATE: it may go when it is empty, and never had anything. The DEFAULT partition may not, for while it is
-- there PostgreSQL itself refuses DETACH ... CONCURRENTLY, of which this would only be asked when half is done.
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
    IF tg_tag = 'ALTER TABLE' THEN
        FOR c IN
            SELECT p.relid::regclass AS partition
              FROM pg_partition_tree('public.audit_logs') p
              JOIN pg_inherits i ON i.inhrelid = p.relid
             WHERE p.isleaf AND pg_relation_size(p.relid) > 0
               -- by this transaction or a part of it, which has a later number
               AND age(i.xmin) <= age(pg_current_xact_id()::xid)
        LOOP
            RAISE EXCEPTION 'attaching % to audit_logs is refused: it has rows, and they are not chained', c.partition
                USING ERRCODE = 'restrict_violation', HINT = 'Attach it empty, and insert the rows into audit_logs.';
        END LOOP;
        FOR c IN
            SELECT r.oid::regclass AS partition
              FROM pg_class r
              JOIN pg_trigger t ON t.tgrelid = r.oid AND t.tgname = 'auditproof_truncate'
             WHERE NOT r.relispartition AND r.relnamespace <> to_regnamespace('auditproof')
               AND r.oid <> to_regclass('public.audit_logs') AND age(r.xmin) <= age(pg_current_xact_id()::xid)
               AND (pg_relation_size(r.oid) > 0
                    OR NOT EXISTS (SELECT FROM auditproof.partition_list(to_regclass('public.audit_logs')) p
                                    WHERE p.is_default))
        LOOP
            RAISE EXCEPTION 'detaching % from audit_logs is refused: it holds entries, or takes those without a month',
                            c.partition
                USING ERRCODE = 'restrict_violation',
                      HINT = 'Entries are kept for seven years, and leave by auditretain only.';
        END LOOP;
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
