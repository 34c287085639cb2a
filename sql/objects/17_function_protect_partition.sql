-- Gives one partition of audit_logs what PostgreSQL does not pass on from the parent: the guard against TRUNCATE, row
-- level security, triggers that fire always, and no privileges of its own.
CREATE OR REPLACE FUNCTION auditproof.protect_partition(partition regclass) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    item record;
BEGIN
    IF NOT EXISTS (SELECT FROM pg_partition_tree('public.audit_logs') p WHERE p.relid = partition) THEN
        RAISE EXCEPTION '% is not a partition of public.audit_logs', partition USING ERRCODE = 'wrong_object_type';
    END IF;
    IF NOT EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = partition AND t.tgname = 'auditproof_truncate') THEN
        EXECUTE format('CREATE TRIGGER auditproof_truncate BEFORE TRUNCATE ON %s '
                       'FOR EACH STATEMENT EXECUTE FUNCTION auditproof.refuse_change()', partition);
    END IF;
    FOR item IN SELECT t.tgname FROM pg_trigger t
                 WHERE t.tgrelid = partition AND t.tgname LIKE 'auditproof\_%' AND t.tgenabled <> 'A' LOOP
        EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', partition, item.tgname);
    END LOOP;
    IF NOT (SELECT c.relrowsecurity FROM pg_class c WHERE c.oid = partition) THEN
        EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', partition);
    END IF;
    FOR item IN SELECT DISTINCT a.grantee FROM pg_class c, aclexplode(c.relacl) a
                 WHERE c.oid = partition AND a.grantee <> c.relowner LOOP
        EXECUTE format('REVOKE ALL ON %s FROM %s CASCADE', partition,
                       CASE item.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(item.grantee)) END);
    END LOOP;
END
$body$;
