-- The seven tables, as the platform's reference gives them.
BEGIN;
SELECT plan(16);

SELECT is((
    SELECT string_agg(concat_ws(' ', a.attname,
                                replace(format_type(a.atttypid, a.atttypmod), 'timestamp with time zone', 'timestamptz'),
                                CASE WHEN a.attnotnull THEN '*' END, pg_get_expr(d.adbin, d.adrelid)), e'\n' ORDER BY a.attnum)
      FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
     WHERE a.attrelid = 'public.performance_analytics'::regclass AND a.attnum > 0 AND NOT a.attisdropped), $v$id uuid * gen_random_uuid()
organization_id uuid
user_id uuid
session_id text
type text *
name text
value numeric
duration numeric
url text
route text
metadata jsonb '{}'::jsonb
ip_address inet
user_agent text
viewport_width integer
viewport_height integer
device_type text
timestamp timestamptz * now()
created_at timestamptz now()$v$, 'columns of performance_analytics');

SELECT is((
    SELECT string_agg(concat_ws(' ', a.attname,
                                replace(format_type(a.atttypid, a.atttypmod), 'timestamp with time zone', 'timestamptz'),
                                CASE WHEN a.attnotnull THEN '*' END, pg_get_expr(d.adbin, d.adrelid)), e'\n' ORDER BY a.attnum)
      FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
     WHERE a.attrelid = 'public.scheduled_reports'::regclass AND a.attnum > 0 AND NOT a.attisdropped), $v$id uuid * gen_random_uuid()
organization_id uuid *
created_by uuid *
report_type text *
report_name text
start_date date *
end_date date *
filters jsonb '{}'::jsonb
format text 'json'::text
scheduling jsonb '{"frequency": "once"}'::jsonb
next_run_at timestamptz
last_run_at timestamptz
status text 'pending'::text
error_message text
output_url text
delivery_emails text[]
metadata jsonb '{}'::jsonb
created_at timestamptz now()
updated_at timestamptz now()
completed_at timestamptz$v$, 'columns of scheduled_reports');

SELECT is((
    SELECT string_agg(concat_ws(' ', a.attname,
                                replace(format_type(a.atttypid, a.atttypmod), 'timestamp with time zone', 'timestamptz'),
                                CASE WHEN a.attnotnull THEN '*' END, pg_get_expr(d.adbin, d.adrelid)), e'\n' ORDER BY a.attnum)
      FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
     WHERE a.attrelid = 'public.audit_logs'::regclass AND a.attnum > 0 AND NOT a.attisdropped), $v$id uuid * gen_random_uuid()
organization_id uuid
actor_id uuid
actor_email text
actor_role text
action text *
resource_type text *
resource_id uuid
old_values jsonb
new_values jsonb
risk_level text 'low'::text
ip_address inet
user_agent text
metadata jsonb '{}'::jsonb
session_id text
created_at timestamptz now()
chain_salt bytea * ((uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())) || uuid_send(gen_random_uuid()))$v$, 'columns of audit_logs');

SELECT is((
    SELECT string_agg(concat_ws(' ', a.attname,
                                replace(format_type(a.atttypid, a.atttypmod), 'timestamp with time zone', 'timestamptz'),
                                CASE WHEN a.attnotnull THEN '*' END, pg_get_expr(d.adbin, d.adrelid)), e'\n' ORDER BY a.attnum)
      FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
     WHERE a.attrelid = 'public.invoices'::regclass AND a.attnum > 0 AND NOT a.attisdropped), $v$id uuid * gen_random_uuid()
organization_id uuid *
subscription_id uuid
stripe_invoice_id text *
stripe_customer_id text *
invoice_number text
amount_due integer *
amount_paid integer 0
currency text 'usd'::text
status text *
billing_period_start date *
billing_period_end date *
due_date date
paid_at timestamptz
line_items jsonb '[]'::jsonb
subtotal integer *
tax_amount integer 0
discount_amount integer 0
total_amount integer *
payment_method text
payment_intent_id text
invoice_pdf_url text
hosted_invoice_url text
metadata jsonb '{}'::jsonb
notes text
created_at timestamptz now()
updated_at timestamptz now()$v$, 'columns of invoices');

SELECT is((
    SELECT string_agg(concat_ws(' ', a.attname,
                                replace(format_type(a.atttypid, a.atttypmod), 'timestamp with time zone', 'timestamptz'),
                                CASE WHEN a.attnotnull THEN '*' END, pg_get_expr(d.adbin, d.adrelid)), e'\n' ORDER BY a.attnum)
      FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
     WHERE a.attrelid = 'public.subscription_changes'::regclass AND a.attnum > 0 AND NOT a.attisdropped), $v$id uuid * gen_random_uuid()
organization_id uuid *
subscription_id uuid
change_type text *
old_plan_id text
new_plan_id text
old_status text
new_status text
old_amount integer
new_amount integer
currency text 'usd'::text
prorated_amount integer
effective_date date *
change_reason text
initiated_by uuid
stripe_subscription_id text
stripe_event_id text
metadata jsonb '{}'::jsonb
created_at timestamptz now()$v$, 'columns of subscription_changes');

SELECT is((
    SELECT string_agg(concat_ws(' ', a.attname,
                                replace(format_type(a.atttypid, a.atttypmod), 'timestamp with time zone', 'timestamptz'),
                                CASE WHEN a.attnotnull THEN '*' END, pg_get_expr(d.adbin, d.adrelid)), e'\n' ORDER BY a.attnum)
      FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
     WHERE a.attrelid = 'public.usage_tracking'::regclass AND a.attnum > 0 AND NOT a.attisdropped), $v$id uuid * gen_random_uuid()
organization_id uuid *
usage_date date *
usage_hour integer
resource_type text *
quantity numeric * 0
unit text *
unit_price numeric
total_cost numeric
currency text 'usd'::text
subscription_id uuid
invoice_id uuid
is_billable boolean true
included_quantity numeric
overage_quantity numeric
metadata jsonb '{}'::jsonb
created_at timestamptz now()
updated_at timestamptz now()$v$, 'columns of usage_tracking');

SELECT is((
    SELECT string_agg(concat_ws(' ', a.attname,
                                replace(format_type(a.atttypid, a.atttypmod), 'timestamp with time zone', 'timestamptz'),
                                CASE WHEN a.attnotnull THEN '*' END, pg_get_expr(d.adbin, d.adrelid)), e'\n' ORDER BY a.attnum)
      FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
     WHERE a.attrelid = 'public.message_templates'::regclass AND a.attnum > 0 AND NOT a.attisdropped), $v$id uuid * gen_random_uuid()
organization_id uuid *
created_by uuid
name text *
category text
content text *
language text 'en'::text
variables jsonb '[]'::jsonb
whatsapp_template_id text
whatsapp_status text
usage_count integer 0
last_used_at timestamptz
is_active boolean true
metadata jsonb '{}'::jsonb
tags text[]
created_at timestamptz now()
updated_at timestamptz now()$v$, 'columns of message_templates');

SELECT set_eq($q$
    SELECT i.indexname || ' ' || substring(i.indexdef FROM '\(.*\)$') FROM pg_indexes i
     WHERE i.schemaname = 'public' AND i.indexname LIKE 'idx\_%' $q$, $v$VALUES
    ($$idx_performance_analytics_organization_id (organization_id)$$),
    ($$idx_performance_analytics_user_id (user_id)$$),
    ($$idx_performance_analytics_type (type)$$),
    ($$idx_performance_analytics_timestamp ("timestamp" DESC)$$),
    ($$idx_performance_analytics_session_id (session_id)$$),
    ($$idx_performance_analytics_composite (organization_id, type, "timestamp" DESC)$$),
    ($$idx_scheduled_reports_organization_id (organization_id)$$),
    ($$idx_scheduled_reports_created_by (created_by)$$),
    ($$idx_scheduled_reports_status (status)$$),
    ($$idx_scheduled_reports_next_run_at (next_run_at)$$),
    ($$idx_scheduled_reports_report_type (report_type)$$),
    ($$idx_audit_logs_organization_id (organization_id)$$),
    ($$idx_audit_logs_actor_id (actor_id)$$),
    ($$idx_audit_logs_action (action)$$),
    ($$idx_audit_logs_resource_type (resource_type)$$),
    ($$idx_audit_logs_resource_id (resource_id)$$),
    ($$idx_audit_logs_risk_level (risk_level)$$),
    ($$idx_audit_logs_created_at (created_at DESC)$$),
    ($$idx_audit_logs_composite (organization_id, action, created_at DESC)$$),
    ($$idx_invoices_organization_id (organization_id)$$),
    ($$idx_invoices_subscription_id (subscription_id)$$),
    ($$idx_invoices_stripe_invoice_id (stripe_invoice_id)$$),
    ($$idx_invoices_stripe_customer_id (stripe_customer_id)$$),
    ($$idx_invoices_status (status)$$),
    ($$idx_invoices_due_date (due_date)$$),
    ($$idx_invoices_created_at (created_at DESC)$$),
    ($$idx_subscription_changes_organization_id (organization_id)$$),
    ($$idx_subscription_changes_subscription_id (subscription_id)$$),
    ($$idx_subscription_changes_change_type (change_type)$$),
    ($$idx_subscription_changes_effective_date (effective_date)$$),
    ($$idx_subscription_changes_created_at (created_at DESC)$$),
    ($$idx_usage_tracking_organization_id (organization_id)$$),
    ($$idx_usage_tracking_usage_date (usage_date DESC)$$),
    ($$idx_usage_tracking_resource_type (resource_type)$$),
    ($$idx_usage_tracking_subscription_id (subscription_id)$$),
    ($$idx_usage_tracking_invoice_id (invoice_id)$$),
    ($$idx_usage_tracking_composite (organization_id, usage_date, resource_type)$$),
    ($$idx_message_templates_organization_id (organization_id)$$),
    ($$idx_message_templates_created_by (created_by)$$),
    ($$idx_message_templates_category (category)$$),
    ($$idx_message_templates_whatsapp_template_id (whatsapp_template_id)$$),
    ($$idx_message_templates_is_active (is_active)$$),
    ($$idx_message_templates_usage_count (usage_count DESC)$$) $v$, 'the 43 indexes');
SELECT is((SELECT count(*)::int FROM pg_indexes i WHERE i.schemaname = 'public' AND i.indexname LIKE 'idx\_%'), 43, '43 of them');

SELECT set_eq($q$
    SELECT format('%s.%s %s %s', c.conrelid::regclass, a.attname, replace(c.confrelid::regclass::text, 'public.', ''),
                  CASE c.confdeltype WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL' ELSE 'other' END)
      FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
     WHERE c.contype = 'f' AND c.connamespace <> 'auditproof'::regnamespace AND c.conrelid::regclass::text NOT IN ('profiles', 'subscriptions') $q$, $v$VALUES
    ('audit_logs.actor_id auth.users SET NULL'),
    ('audit_logs.organization_id organizations CASCADE'),
    ('invoices.organization_id organizations CASCADE'),
    ('invoices.subscription_id subscriptions SET NULL'),
    ('message_templates.created_by profiles SET NULL'),
    ('message_templates.organization_id organizations CASCADE'),
    ('performance_analytics.organization_id organizations CASCADE'),
    ('performance_analytics.user_id auth.users SET NULL'),
    ('scheduled_reports.created_by profiles CASCADE'),
    ('scheduled_reports.organization_id organizations CASCADE'),
    ('subscription_changes.initiated_by profiles SET NULL'),
    ('subscription_changes.organization_id organizations CASCADE'),
    ('subscription_changes.subscription_id subscriptions SET NULL'),
    ('usage_tracking.invoice_id invoices SET NULL'),
    ('usage_tracking.organization_id organizations CASCADE'),
    ('usage_tracking.subscription_id subscriptions SET NULL') $v$, 'foreign keys and what they do on delete');
SELECT set_eq($q$
    SELECT c.conrelid::regclass::text || ' ' || array_to_string(ARRAY(
               SELECT m.v[1] FROM regexp_matches(pg_get_constraintdef(c.oid), '''([^'']*)''|>= (\d+)|<= (\d+)', 'g')
                   AS m (v) WHERE m.v[1] IS NOT NULL), ' ')
      FROM pg_constraint c JOIN pg_class r ON r.oid = c.conrelid
     WHERE c.contype = 'c' AND r.relnamespace = 'public'::regnamespace AND r.relname <> 'profiles' $q$, $v$VALUES
    ('performance_analytics CLS FCP FID LCP TTFB api-call custom-timing error user-interaction navigation-timing'),
    ('scheduled_reports conversations messages agents contacts performance {audit_summary,risk_digest,gdpr_register,retention_status,soc2_evidence,chain_verification,usage_summary,billing_summary,performance_summary}'),
    ('scheduled_reports json csv pdf'),
    ('scheduled_reports pending processing completed failed cancelled'),
    ('audit_logs low medium high critical'),
    ('invoices draft open paid void uncollectible'),
    ('subscription_changes created upgraded downgraded cancelled renewed trial_started trial_ended reactivated'),
    ('usage_tracking '),
    ('usage_tracking messages_sent messages_received storage_gb api_calls active_contacts active_users whatsapp_sessions automation_executions'),
    ('message_templates greeting away closing follow_up support sales custom'),
    ('message_templates draft pending approved rejected') $v$, 'checks');

SELECT set_eq($q$
    SELECT c.conrelid::regclass || ' ' || pg_get_constraintdef(c.oid) FROM pg_constraint c
     WHERE c.contype = 'u' AND c.connamespace = 'public'::regnamespace $q$, $v$VALUES
    ('invoices UNIQUE (stripe_invoice_id)'),
    ('invoices UNIQUE (invoice_number)'),
    ('usage_tracking UNIQUE (organization_id, usage_date, usage_hour, resource_type)') $v$, 'unique keys');

SELECT is((SELECT count(*)::int FROM pg_class c
            WHERE c.relrowsecurity AND c.oid IN ('performance_analytics'::regclass, 'scheduled_reports'::regclass,
                  'audit_logs'::regclass, 'invoices'::regclass, 'subscription_changes'::regclass,
                  'usage_tracking'::regclass, 'message_templates'::regclass)), 7, 'row level security is on everywhere');

SELECT set_eq($q$
    SELECT p.tablename || ' ' || p.cmd FROM pg_policies p
     WHERE p.schemaname = 'public' AND p.policyname NOT LIKE 'auditproof %'
       AND p.tablename NOT IN ('organizations', 'profiles', 'subscriptions') $q$, $v$VALUES
    ('performance_analytics SELECT'), ('performance_analytics INSERT'),
    ('scheduled_reports SELECT'), ('scheduled_reports INSERT'), ('scheduled_reports UPDATE'), ('scheduled_reports DELETE'),
    ('audit_logs SELECT'), ('audit_logs INSERT'),
    ('invoices SELECT'), ('invoices ALL'),
    ('subscription_changes SELECT'), ('subscription_changes INSERT'), ('subscription_changes ALL'),
    ('usage_tracking SELECT'), ('usage_tracking INSERT'), ('usage_tracking ALL'),
    ('message_templates SELECT'), ('message_templates INSERT'), ('message_templates UPDATE'), ('message_templates DELETE')
    $v$, 'policies by table and command');
SELECT is((SELECT count(*)::int FROM pg_policies p
            WHERE p.schemaname = 'public'
              AND regexp_replace(coalesce(p.qual, '') || coalesce(p.with_check, ''), '\( ?SELECT [a-z_.]+\(\)', '', 'g')
                  ~ '(uid|get_user_organization|is_super_admin)\(\)'),
          0, 'every function in a policy stands in a sub-select');
SELECT set_eq($q$ SELECT t.tgname::text FROM pg_trigger t WHERE t.tgname LIKE 'update\_%' $q$, $v$VALUES
    ('update_scheduled_reports_updated_at'), ('update_invoices_updated_at'), ('update_usage_tracking_updated_at'),
    ('update_message_templates_updated_at') $v$, 'updated_at follows updates of four tables');
SELECT * FROM finish();
ROLLBACK;
