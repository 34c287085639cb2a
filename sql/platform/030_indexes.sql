-- The platform's 43 indexes, idx_<table>_<what>. Looked up by name first: CREATE INDEX IF NOT EXISTS would hold up
-- the application's writes to a table that has it already.
DO $do$
DECLARE
    i record;
BEGIN
    FOR i IN
        SELECT * FROM (VALUES
            ('performance_analytics', 'organization_id', 'organization_id'),
            ('performance_analytics', 'user_id', 'user_id'),
            ('performance_analytics', 'type', 'type'),
            ('performance_analytics', 'timestamp', '"timestamp" DESC'),
            ('performance_analytics', 'session_id', 'session_id'),
            ('performance_analytics', 'composite', 'organization_id, type, "timestamp" DESC'),
            ('scheduled_reports', 'organization_id', 'organization_id'),
            ('scheduled_reports', 'created_by', 'created_by'),
            ('scheduled_reports', 'status', 'status'),
            ('scheduled_reports', 'next_run_at', 'next_run_at'),
            ('scheduled_reports', 'report_type', 'report_type'),
            ('audit_logs', 'organization_id', 'organization_id'),
            ('audit_logs', 'actor_id', 'actor_id'),
            ('audit_logs', 'action', 'action'),
            ('audit_logs', 'resource_type', 'resource_type'),
            ('audit_logs', 'resource_id', 'resource_id'),
            ('audit_logs', 'risk_level', 'risk_level'),
            ('audit_logs', 'created_at', 'created_at DESC'),
            ('audit_logs', 'composite', 'organization_id, action, created_at DESC'),
            ('invoices', 'organization_id', 'organization_id'),
            ('invoices', 'subscription_id', 'subscription_id'),
            ('invoices', 'stripe_invoice_id', 'stripe_invoice_id'),
            ('invoices', 'stripe_customer_id', 'stripe_customer_id'),
            ('invoices', 'status', 'status'),
            ('invoices', 'due_date', 'due_date'),
            ('invoices', 'created_at', 'created_at DESC'),
            ('subscription_changes', 'organization_id', 'organization_id'),
            ('subscription_changes', 'subscription_id', 'subscription_id'),
            ('subscription_changes', 'change_type', 'change_type'),
            ('subscription_changes', 'effective_date', 'effective_date'),
            ('subscription_changes', 'created_at', 'created_at DESC'),
            ('usage_tracking', 'organization_id', 'organization_id'),
            ('usage_tracking', 'usage_date', 'usage_date DESC'),
            ('usage_tracking', 'resource_type', 'resource_type'),
            ('usage_tracking', 'subscription_id', 'subscription_id'),
            ('usage_tracking', 'invoice_id', 'invoice_id'),
            ('usage_tracking', 'composite', 'organization_id, usage_date, resource_type'),
            ('message_templates', 'organization_id', 'organization_id'),
            ('message_templates', 'created_by', 'created_by'),
            ('message_templates', 'category', 'category'),
            ('message_templates', 'whatsapp_template_id', 'whatsapp_template_id'),
            ('message_templates', 'is_active', 'is_active'),
            ('message_templates', 'usage_count', 'usage_count DESC')
        ) AS x (tab, what, columns)
        WHERE pg_catalog.to_regclass(pg_catalog.format('public.idx_%s_%s', x.tab, x.what)) IS NULL
    LOOP
        EXECUTE pg_catalog.format('CREATE INDEX %I ON public.%I (%s)',
                                  pg_catalog.format('idx_%s_%s', i.tab, i.what), i.tab, i.columns);
    END LOOP;
END
$do$;
