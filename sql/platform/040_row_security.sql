-- Row level security of the seven tables. A policy counts as there when one of its name is, or when the table existed
-- with another policy for the same command: permissive policies add up, and a platform that chose to show less must not
-- be opened by ours. auditproof's own policies do not count: they are for its roles only. Functions stand in
-- sub-selects so that they run once a statement and not once a row.
DO $do$
DECLARE
    t text;
    p record;
    own CONSTANT text := 'organization_id = (SELECT public.get_user_organization())';
    super CONSTANT text := '(SELECT public.is_super_admin())';
    mine CONSTANT text := '(SELECT auth.uid())';
BEGIN
    FOREACH t IN ARRAY ARRAY['performance_analytics', 'scheduled_reports', 'audit_logs', 'invoices',
                             'subscription_changes', 'usage_tracking', 'message_templates'] LOOP
        IF NOT (SELECT c.relrowsecurity FROM pg_catalog.pg_class c
                 WHERE c.oid = pg_catalog.to_regclass('public.' || t)) THEN
            EXECUTE pg_catalog.format('ALTER TABLE public.%I ENABLE ROW LEVEL SECURITY', t);
        END IF;
    END LOOP;
    FOR p IN
        WITH wanted (tab, cmd, name, qual, chk) AS (VALUES
            ('performance_analytics', 'SELECT', 'Users can view performance analytics in own organization',
             own || ' OR ' || super, NULL),
            ('performance_analytics', 'INSERT', 'Users can insert performance analytics in own organization',
             NULL, own || ' OR user_id = ' || mine),
            ('scheduled_reports', 'SELECT', 'Users can view scheduled reports in own organization',
             own || ' OR ' || super, NULL),
            ('scheduled_reports', 'INSERT', 'Users can insert scheduled reports in own organization',
             NULL, own || ' AND created_by = ' || mine),
            ('scheduled_reports', 'UPDATE', 'Users can update scheduled reports in own organization',
             own || ' OR ' || super, NULL),
            ('scheduled_reports', 'DELETE', 'Users can delete scheduled reports in own organization',
             own || ' OR created_by = ' || mine, NULL),
            ('audit_logs', 'SELECT', 'Users can view audit logs in own organization', own || ' OR ' || super, NULL),
            ('audit_logs', 'INSERT', 'System can insert audit logs', NULL, 'true'),
            ('invoices', 'SELECT', 'Users can view invoices in own organization', own || ' OR ' || super, NULL),
            ('invoices', 'ALL', 'Super admins can manage all invoices', super, super),
            ('subscription_changes', 'SELECT', 'Users can view subscription changes in own organization',
             own || ' OR ' || super, NULL),
            ('subscription_changes', 'INSERT', 'System can insert subscription changes', NULL, 'true'),
            ('subscription_changes', 'ALL', 'Super admins can manage all subscription changes', super, super),
            ('usage_tracking', 'SELECT', 'Users can view usage tracking in own organization',
             own || ' OR ' || super, NULL),
            ('usage_tracking', 'INSERT', 'System can insert usage tracking', NULL, 'true'),
            ('usage_tracking', 'ALL', 'Super admins can manage all usage tracking', super, super),
            ('message_templates', 'SELECT', 'Users can view message templates in own organization',
             own || ' OR ' || super, NULL),
            ('message_templates', 'INSERT', 'Users can insert message templates in own organization',
             NULL, own || ' AND created_by = ' || mine),
            ('message_templates', 'UPDATE', 'Users can update message templates in own organization',
             own || ' OR ' || super, NULL),
            ('message_templates', 'DELETE', 'Users can delete message templates in own organization',
             own || ' OR created_by = ' || mine, NULL))
        SELECT w.*
          FROM wanted w
         WHERE NOT EXISTS (
               SELECT FROM pg_catalog.pg_policies e
                WHERE e.schemaname = 'public' AND e.tablename = w.tab
                  AND (e.policyname = w.name OR e.cmd = w.cmd AND e.policyname NOT LIKE 'auditproof %'))
    LOOP
        EXECUTE pg_catalog.format('CREATE POLICY %I ON public.%I FOR %s', p.name, p.tab, p.cmd)
             || coalesce(' USING (' || p.qual || ')', '') || coalesce(' WITH CHECK (' || p.chk || ')', '');
    END LOOP;
END
$do$;
