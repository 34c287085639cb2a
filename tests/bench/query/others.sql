-- The other tables of which the platform expects something, :rows each: as many of each tenant, spread over the table.
-- One in a hundred runs again; of these one in a thousand is due, and the others are not for a month.
INSERT INTO public.scheduled_reports (organization_id, created_by, report_type, report_name, start_date, end_date,
                                      scheduling, next_run_at, status, created_at, updated_at)
SELECT bench.tenant(1 + i % 1000), bench.person(1 + i % 1000, 1),
       ('{conversations,messages,agents,contacts,performance}'::text[])[1 + i % 5], 'Report ' || i,
       current_date - 30, current_date, CASE WHEN i % 101 = 0 THEN '{"frequency": "daily"}' ELSE '{"frequency": "once"}' END::jsonb,
       CASE WHEN i % 101 = 0 THEN now() + CASE WHEN i / 101 % 1000 = 0 THEN interval '-1 hour'
                                            ELSE interval '30 days' + interval '1 minute' * (i / 101 % 43200) END END,
       CASE WHEN i % 101 = 0 THEN 'pending' WHEN i % 97 = 0 THEN 'failed' ELSE 'completed' END,
       now() - interval '1 second' * (i % 63072000), now()
FROM generate_series(1, :rows) AS i;

INSERT INTO public.invoices (organization_id, stripe_invoice_id, stripe_customer_id, invoice_number, amount_due, status,
                             billing_period_start, billing_period_end, due_date, subtotal, total_amount, created_at, updated_at)
SELECT bench.tenant(1 + i % 1000), 'in_' || i, 'cus_' || i % 100000, 'N' || i, i % 90000,
       (ARRAY['draft', 'open', 'paid', 'paid', 'paid', 'void', 'uncollectible'])[1 + i / 1000 % 7],
       current_date - (i / 1000 % 2500), current_date - (i / 1000 % 2500) + 30, current_date - (i / 1000 % 2500) + 44, i % 90000,
       i % 90000, now() - interval '1 day' * (i / 1000 % 2500), now()
FROM generate_series(1, :rows) AS i;

INSERT INTO public.usage_tracking (organization_id, usage_date, resource_type, quantity, unit, unit_price, total_cost, created_at,
                                   updated_at)
SELECT bench.tenant(1 + i % 1000), current_date - i / 8000,
       ('{messages_sent,messages_received,storage_gb,api_calls,active_contacts,active_users,whatsapp_sessions,'
        'automation_executions}'::text[])[1 + i / 1000 % 8], i % 5000, 'count', 0.002, (i % 5000) * 0.002,
       now() - interval '1 day' * (i / 8000), now()
FROM generate_series(0, :rows - 1) AS i;

-- Made ten at a time; one in five is out of use.
INSERT INTO public.message_templates (organization_id, created_by, name, category, content, usage_count, is_active, created_at,
                                      updated_at)
SELECT bench.tenant(1 + i / 10 % 1000), bench.person(1 + i / 10 % 1000, 1), 'Template ' || i,
       ('{greeting,away,closing,follow_up,support,sales,custom}'::text[])[1 + i % 7],
       'Thank you for your message; we answer within a day.', i % 1000, i % 5 > 0,
       now() - interval '1 minute' * (i % 1000000), now()
FROM generate_series(1, :rows) AS i;
