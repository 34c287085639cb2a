-- A tenant that is let see findings (nobody is, by default) sees its own.
DO $do$
BEGIN
    IF NOT (SELECT c.relrowsecurity FROM pg_catalog.pg_class c
             WHERE c.oid = 'auditproof.risk_finding'::pg_catalog.regclass) THEN
        ALTER TABLE auditproof.risk_finding ENABLE ROW LEVEL SECURITY;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_policies p WHERE p.schemaname = 'auditproof'
                   AND p.tablename = 'risk_finding' AND p.policyname = 'auditproof reads') THEN
        CREATE POLICY "auditproof reads" ON auditproof.risk_finding FOR SELECT
            TO auditproof_owner, auditproof_auditor, auditproof_classifier, auditproof_sealer, auditproof_retainer,
               auditproof_approver
            USING (true);
    END IF;
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_policies p WHERE p.schemaname = 'auditproof'
                   AND p.tablename = 'risk_finding' AND p.policyname = 'Users can view findings in own organization') THEN
        CREATE POLICY "Users can view findings in own organization" ON auditproof.risk_finding FOR SELECT
            USING (chain_id = (SELECT public.get_user_organization()) OR (SELECT public.is_super_admin()));
    END IF;
END
$do$;
