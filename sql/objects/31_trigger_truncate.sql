-- TRUNCATE fires no row trigger. Partitions get theirs from auditproof.protect_partition().
DO $do$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_trigger t
                    WHERE t.tgrelid = 'public.audit_logs'::pg_catalog.regclass AND t.tgname = 'auditproof_truncate') THEN
        CREATE TRIGGER auditproof_truncate BEFORE TRUNCATE ON public.audit_logs
        FOR EACH STATEMENT EXECUTE FUNCTION auditproof.refuse_change();
    END IF;
    IF EXISTS (SELECT FROM pg_catalog.pg_trigger t
                WHERE t.tgrelid = 'public.audit_logs'::pg_catalog.regclass AND t.tgname = 'auditproof_truncate'
                  AND t.tgenabled <> 'A') THEN
        ALTER TABLE public.audit_logs ENABLE ALWAYS TRIGGER auditproof_truncate;
    END IF;
END
$do$;
