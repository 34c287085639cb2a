-- auditproof.capture_detach(table) → was it attached? Runs as its caller, who must own the table.
CREATE OR REPLACE FUNCTION auditproof.capture_detach(target regclass)
RETURNS boolean
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
-- Waiting for the table would make its writers wait behind us: the caller tries again instead.
SET lock_timeout = '2s'
AS $body$
DECLARE
    part regclass;
BEGIN
    IF auditproof.capture_definition(target) IS NULL THEN
        RETURN false;
    END IF;
    IF EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = target AND t.tgname = 'auditproof_capture'
               AND t.tgparentid <> 0) THEN
        RAISE EXCEPTION '% is a partition that is captured through its parent', target
            USING ERRCODE = 'wrong_object_type', HINT = 'Name the parent.';
    END IF;
    EXECUTE format('DROP TRIGGER IF EXISTS auditproof_capture ON %s', target);
    FOR part IN SELECT t.relid FROM pg_partition_tree(target) t UNION SELECT target LOOP
        EXECUTE format('DROP TRIGGER IF EXISTS auditproof_capture_truncate ON %s', part);
    END LOOP;
    PERFORM auditproof.capture_write('audit.capture_detached', 'audit_logs', 'high', NULL, NULL, NULL, NULL,
        (SELECT jsonb_build_object('source', 'auditproof', 'table', format('%I.%I', n.nspname, c.relname))
         FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = target));
    RETURN true;
END
$body$;
