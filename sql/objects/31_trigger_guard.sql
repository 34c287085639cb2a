-- Entries are not changed and not deleted; partitions inherit this.
DO $do$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_trigger t
                    WHERE t.tgrelid = 'public.audit_logs'::pg_catalog.regclass AND t.tgname = 'auditproof_guard') THEN
        CREATE TRIGGER auditproof_guard BEFORE DELETE OR UPDATE ON public.audit_logs
        FOR EACH ROW EXECUTE FUNCTION auditproof.guard_entry();
    END IF;
    IF EXISTS (SELECT FROM pg_catalog.pg_trigger t
                WHERE t.tgrelid = 'public.audit_logs'::pg_catalog.regclass AND t.tgname = 'auditproof_guard'
                  AND t.tgenabled <> 'A') THEN
        ALTER TABLE public.audit_logs ENABLE ALWAYS TRIGGER auditproof_guard;
    END IF;
END
$do$;
