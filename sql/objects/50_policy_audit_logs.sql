-- What auditproof's roles see and write of audit_logs, beside the platform's own policies.
-- Its owner is not subject to them: what auditproof.entry shows would otherwise depend on policies.
DO $do$
BEGIN
    IF (SELECT c.relforcerowsecurity FROM pg_catalog.pg_class c
         WHERE c.oid = 'public.audit_logs'::pg_catalog.regclass) THEN
        ALTER TABLE public.audit_logs NO FORCE ROW LEVEL SECURITY;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_policies p WHERE p.schemaname = 'public' AND p.tablename = 'audit_logs'
                                                          AND p.policyname = 'auditproof reads') THEN
        CREATE POLICY "auditproof reads" ON public.audit_logs FOR SELECT
            TO auditproof_owner, auditproof_writer, auditproof_auditor, auditproof_sealer, auditproof_retainer,
               auditproof_approver
            USING (true);
    END IF;
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_policies p WHERE p.schemaname = 'public' AND p.tablename = 'audit_logs'
                                                          AND p.policyname = 'auditproof writes') THEN
        CREATE POLICY "auditproof writes" ON public.audit_logs FOR INSERT
            TO auditproof_owner, auditproof_writer WITH CHECK (true);
    END IF;
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_policies p WHERE p.schemaname = 'public' AND p.tablename = 'audit_logs'
                                                          AND p.policyname = 'auditproof purges') THEN
        CREATE POLICY "auditproof purges" ON public.audit_logs FOR DELETE TO auditproof_owner USING (true);
    END IF;
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_policies p WHERE p.schemaname = 'public' AND p.tablename = 'audit_logs'
                                                          AND p.policyname = 'auditproof erases') THEN
        CREATE POLICY "auditproof erases" ON public.audit_logs FOR UPDATE TO auditproof_owner USING (true);
    END IF;
END
$do$;
