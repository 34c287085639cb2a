-- The platform's table of reports takes auditproof's types beside the application's, whatever these are; and
-- auditproof_scheduler sees and moves along those of these types alone, and reads what they are made of. Whoever schedules
-- one by auditproof.report_add() needs no right on the table.
DO $do$
DECLARE
    old record;
    tab text;
BEGIN
    FOR old IN
        SELECT c.conname, c.convalidated, pg_catalog.pg_get_expr(c.conbin, c.conrelid) AS expression
          FROM pg_catalog.pg_constraint c
          JOIN pg_catalog.pg_attribute a ON a.attrelid = c.conrelid AND a.attname = 'report_type'
         WHERE c.conrelid = 'public.scheduled_reports'::pg_catalog.regclass AND c.contype = 'c'
           AND c.conkey = ARRAY[a.attnum]
           AND EXISTS (SELECT FROM pg_catalog.unnest(auditproof.report_types()) AS t (name)
                        WHERE pg_catalog.regexp_match(pg_catalog.pg_get_expr(c.conbin, c.conrelid),
                                                      '\m' || t.name || '\M') IS NULL)
    LOOP
        EXECUTE pg_catalog.format('ALTER TABLE public.scheduled_reports DROP CONSTRAINT %I, ADD CONSTRAINT %I '
                                  'CHECK ((%s) OR report_type = ANY (%L::text[])) NOT VALID',
                                  old.conname, old.conname, old.expression, auditproof.report_types());
        IF old.convalidated THEN
            EXECUTE pg_catalog.format('ALTER TABLE public.scheduled_reports VALIDATE CONSTRAINT %I', old.conname);
        END IF;
    END LOOP;
    -- What is due, and what is new, of a million reports most of which are the application's.
    CREATE INDEX IF NOT EXISTS auditproof_due ON public.scheduled_reports (report_type, next_run_at);
    CREATE INDEX IF NOT EXISTS auditproof_new ON public.scheduled_reports (report_type)
        WHERE next_run_at IS NULL AND status = 'pending';
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_policies p WHERE p.schemaname = 'public' AND p.tablename = 'scheduled_reports'
                                                          AND p.policyname = 'auditproof reads') THEN
        CREATE POLICY "auditproof reads" ON public.scheduled_reports FOR SELECT
            TO auditproof_owner, auditproof_scheduler, auditproof_auditor
            USING (report_type = ANY (auditproof.report_types()));
    END IF;
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_policies p WHERE p.schemaname = 'public' AND p.tablename = 'scheduled_reports'
                                                          AND p.policyname = 'auditproof runs') THEN
        CREATE POLICY "auditproof runs" ON public.scheduled_reports FOR UPDATE TO auditproof_scheduler
            USING (report_type = ANY (auditproof.report_types()));
    END IF;
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_policies p WHERE p.schemaname = 'public' AND p.tablename = 'scheduled_reports'
                                                          AND p.policyname = 'auditproof adds') THEN
        CREATE POLICY "auditproof adds" ON public.scheduled_reports FOR INSERT TO auditproof_owner
            WITH CHECK (report_type = ANY (auditproof.report_types()));
    END IF;
    IF pg_catalog.has_table_privilege('public.scheduled_reports', 'SELECT WITH GRANT OPTION') THEN
        GRANT SELECT ON public.scheduled_reports TO auditproof_owner, auditproof_scheduler, auditproof_auditor;
    END IF;
    IF pg_catalog.has_table_privilege('public.scheduled_reports', 'UPDATE WITH GRANT OPTION') THEN
        GRANT UPDATE (next_run_at, last_run_at, status, error_message, output_url, completed_at)
            ON public.scheduled_reports TO auditproof_scheduler;
    END IF;
    IF pg_catalog.has_table_privilege('public.scheduled_reports', 'INSERT WITH GRANT OPTION') THEN
        GRANT INSERT (organization_id, created_by, report_type, report_name, start_date, end_date, format, scheduling,
                      next_run_at, status, delivery_emails) ON public.scheduled_reports TO auditproof_owner;
    END IF;
    -- Who schedules a report, and who gets it, is of its organization (auditproof.report_add).
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_policies p WHERE p.schemaname = 'public' AND p.tablename = 'profiles'
                                                          AND p.policyname = 'auditproof reads') THEN
        CREATE POLICY "auditproof reads" ON public.profiles FOR SELECT TO auditproof_owner USING (true);
    END IF;
    IF pg_catalog.has_table_privilege('public.profiles', 'SELECT WITH GRANT OPTION') THEN
        GRANT SELECT (id, organization_id, email, is_active) ON public.profiles TO auditproof_owner;
    END IF;
    -- What a mail calls it (auditproof.report_organization).
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_policies p WHERE p.schemaname = 'public' AND p.tablename = 'organizations'
                                                          AND p.policyname = 'auditproof reads') THEN
        CREATE POLICY "auditproof reads" ON public.organizations FOR SELECT TO auditproof_owner USING (true);
    END IF;
    IF pg_catalog.has_table_privilege('public.organizations', 'SELECT WITH GRANT OPTION') THEN
        GRANT SELECT (id, name) ON public.organizations TO auditproof_owner;
    END IF;
    FOREACH tab IN ARRAY ARRAY['usage_tracking', 'invoices', 'subscription_changes', 'performance_analytics'] LOOP
        IF NOT EXISTS (SELECT FROM pg_catalog.pg_policies p WHERE p.schemaname = 'public' AND p.tablename = tab
                                                              AND p.policyname = 'auditproof reads') THEN
            EXECUTE pg_catalog.format('CREATE POLICY "auditproof reads" ON public.%I FOR SELECT TO auditproof_scheduler '
                                      'USING (true)', tab);
        END IF;
        IF pg_catalog.has_table_privilege('public.' || tab, 'SELECT WITH GRANT OPTION') THEN
            EXECUTE pg_catalog.format('GRANT SELECT ON public.%I TO auditproof_scheduler', tab);
        END IF;
    END LOOP;
END
$do$;
