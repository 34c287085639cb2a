-- Gives one partition of audit_logs, or of performance_analytics, what PostgreSQL does not pass on from the parent: row
-- level security, no privileges of its own, and for entries the guard against TRUNCATE and triggers that fire always.
CREATE OR REPLACE FUNCTION auditproof.protect_partition(partition regclass) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    parent CONSTANT regclass := pg_partition_root(partition);
    item record;
BEGIN
    IF parent IS NULL OR partition = parent
       OR parent NOT IN (to_regclass('public.audit_logs'), to_regclass('public.performance_analytics')) THEN
        RAISE EXCEPTION '% is not a partition of public.audit_logs or public.performance_analytics', partition
            USING ERRCODE = 'wrong_object_type';
    END IF;
    IF parent = to_regclass('public.audit_logs')
       AND NOT EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = partition AND t.tgname = 'auditproof_truncate') THEN
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
