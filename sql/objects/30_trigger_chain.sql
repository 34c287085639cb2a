-- Every inserted row is chained at commit; partitions inherit this.
DO $do$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_trigger t
                    WHERE t.tgrelid = 'public.audit_logs'::pg_catalog.regclass AND t.tgname = 'auditproof_chain') THEN
        CREATE CONSTRAINT TRIGGER auditproof_chain AFTER INSERT ON public.audit_logs DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION auditproof.chain_at_commit();
    END IF;
    IF EXISTS (SELECT FROM pg_catalog.pg_trigger t
                WHERE t.tgrelid = 'public.audit_logs'::pg_catalog.regclass AND t.tgname = 'auditproof_chain'
                  AND t.tgenabled <> 'A') THEN
        ALTER TABLE public.audit_logs ENABLE ALWAYS TRIGGER auditproof_chain;
    END IF;
END
$do$;
