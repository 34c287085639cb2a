-- What a tenant's deletion takes along is recorded, once a statement.
DO $do$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_trigger t
                    WHERE t.tgrelid = 'public.audit_logs'::pg_catalog.regclass AND t.tgname = 'auditproof_purge') THEN
        CREATE TRIGGER auditproof_purge AFTER DELETE ON public.audit_logs REFERENCING OLD TABLE AS before
        FOR EACH STATEMENT EXECUTE FUNCTION auditproof.record_purge();
    END IF;
    IF EXISTS (SELECT FROM pg_catalog.pg_trigger t
                WHERE t.tgrelid = 'public.audit_logs'::pg_catalog.regclass AND t.tgname = 'auditproof_purge'
                  AND t.tgenabled <> 'A') THEN
        ALTER TABLE public.audit_logs ENABLE ALWAYS TRIGGER auditproof_purge;
    END IF;
END
$do$;
