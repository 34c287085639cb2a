-- What an account's deletion erases is recorded, once a statement.
DO $do$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_trigger t
                    WHERE t.tgrelid = 'public.audit_logs'::pg_catalog.regclass AND t.tgname = 'auditproof_account') THEN
        CREATE TRIGGER auditproof_account AFTER UPDATE ON public.audit_logs REFERENCING OLD TABLE AS before
        FOR EACH STATEMENT EXECUTE FUNCTION auditproof.record_account_erasure();
    END IF;
    IF EXISTS (SELECT FROM pg_catalog.pg_trigger t
                WHERE t.tgrelid = 'public.audit_logs'::pg_catalog.regclass AND t.tgname = 'auditproof_account'
                  AND t.tgenabled <> 'A') THEN
        ALTER TABLE public.audit_logs ENABLE ALWAYS TRIGGER auditproof_account;
    END IF;
END
$do$;
