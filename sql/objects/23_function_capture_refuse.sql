-- auditproof.capture_refuse(table): raise when a table cannot be captured.
CREATE OR REPLACE FUNCTION auditproof.capture_refuse(target regclass)
RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    relation record;
BEGIN
    SELECT c.relkind, c.relpersistence, n.nspname INTO relation
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = target;
    IF relation.nspname = 'auditproof'
       OR target IN (SELECT t.relid FROM pg_partition_tree('public.audit_logs') t UNION SELECT 'public.audit_logs')
    THEN
        RAISE EXCEPTION '% is part of the audit trail itself and cannot be captured', target
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF relation.nspname IN ('pg_catalog', 'information_schema', 'pg_toast') OR relation.relpersistence = 't' THEN
        RAISE EXCEPTION '% is a system or temporary table and cannot be captured', target
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF relation.relkind NOT IN ('r', 'p') THEN
        RAISE EXCEPTION '% is not a table', target USING ERRCODE = 'wrong_object_type';
    END IF;
    IF EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = target AND t.tgname = 'auditproof_capture'
               AND t.tgparentid <> 0) THEN
        RAISE EXCEPTION '% is a partition that is captured through its parent', target
            USING ERRCODE = 'wrong_object_type', HINT = 'Name the parent.';
    END IF;
END
$body$;
