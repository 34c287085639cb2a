-- What the application does on its own, knowing nothing of auditproof: one INSERT an event with some of the columns, as
-- PostgREST would send it, and changes to its own tables.
SET ROLE authenticated;
SELECT set_config('request.jwt.claims', json_build_object('sub', '00000002-0001-4000-8000-000000000001',
    'email', 'person1@tenant1.example', 'role', 'authenticated')::text, false) \g /dev/null
SELECT format('INSERT INTO public.audit_logs (organization_id, actor_id, action, resource_type, resource_id, risk_level, metadata)
    VALUES (%L, %L, %L, %L, %L, %L, %L)', '00000001-0001-4000-8000-000000000000', '00000002-0001-4000-8000-000000000001',
    'team.invitation.created', 'invitation', gen_random_uuid(), 'low', json_build_object('n', n))
FROM generate_series(1, 200) AS n
\gexec

RESET ROLE;
SET ROLE service_role;
BEGIN;
INSERT INTO public.message_templates (id, organization_id, created_by, name, category, content)
VALUES ('00000005-0001-4000-8000-000000000000', '00000001-0001-4000-8000-000000000000',
        '00000002-0001-4000-8000-000000000001', 'Welcome', 'greeting', 'Hello {{name}}');
INSERT INTO public.subscription_changes (organization_id, subscription_id, change_type, old_plan_id, new_plan_id,
                                         old_amount, new_amount, effective_date, initiated_by)
VALUES ('00000001-0001-4000-8000-000000000000', '00000004-0001-4000-8000-000000000000', 'upgraded', 'team', 'business',
        4900, 9900, current_date, '00000002-0001-4000-8000-000000000001');
INSERT INTO public.invoices (id, organization_id, stripe_invoice_id, stripe_customer_id, invoice_number, amount_due,
                             status, billing_period_start, billing_period_end, subtotal, total_amount)
VALUES ('00000006-0001-4000-8000-000000000000', '00000001-0001-4000-8000-000000000000', 'in_1', 'cus_1', 'A-1', 9900,
        'open', current_date - 30, current_date, 9900, 9900);
COMMIT;
UPDATE public.invoices SET status = 'paid', amount_paid = 9900, paid_at = now()
WHERE id = '00000006-0001-4000-8000-000000000000';
UPDATE public.message_templates SET content = 'Welcome, {{name}}!', usage_count = usage_count + 1
WHERE id = '00000005-0001-4000-8000-000000000000';
