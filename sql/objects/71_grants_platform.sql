-- The guard asks whether an account or a tenant is really gone. Where the installer may not grant that, it does without
-- (auditproof.referent_is_gone()).
DO $do$
BEGIN
    IF pg_catalog.has_schema_privilege('auth', 'USAGE WITH GRANT OPTION') THEN
        GRANT USAGE ON SCHEMA auth TO auditproof_owner;
    END IF;
    IF pg_catalog.has_table_privilege('auth.users', 'SELECT WITH GRANT OPTION') THEN
        GRANT SELECT (id) ON auth.users TO auditproof_owner;
    END IF;
    IF pg_catalog.has_schema_privilege('public', 'USAGE WITH GRANT OPTION') THEN
        GRANT USAGE ON SCHEMA public TO auditproof_owner, auditproof_writer, auditproof_auditor, auditproof_sealer,
            auditproof_retainer, auditproof_approver, auditproof_classifier, auditproof_scheduler;
    END IF;
    IF pg_catalog.has_table_privilege('public.organizations', 'SELECT WITH GRANT OPTION') THEN
        GRANT SELECT (id) ON public.organizations TO auditproof_owner;
    END IF;
    -- Its rows leave by the retention policy (auditproof.purge_batch_rows).
    IF pg_catalog.has_table_privilege('public.performance_analytics', 'SELECT WITH GRANT OPTION')
       AND pg_catalog.has_table_privilege('public.performance_analytics', 'DELETE WITH GRANT OPTION') THEN
        GRANT SELECT, DELETE ON public.performance_analytics TO auditproof_owner;
    END IF;
END
$do$;
