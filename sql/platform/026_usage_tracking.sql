-- Metered use, by the day or (usage_hour given) by the hour.
CREATE TABLE IF NOT EXISTS public.usage_tracking (
    id uuid PRIMARY KEY DEFAULT pg_catalog.gen_random_uuid(),
    organization_id uuid NOT NULL REFERENCES public.organizations (id) ON DELETE CASCADE,
    usage_date date NOT NULL,
    usage_hour integer CHECK (usage_hour >= 0 AND usage_hour <= 23),
    resource_type text NOT NULL CHECK (resource_type IN ('messages_sent', 'messages_received', 'storage_gb', 'api_calls',
                                                         'active_contacts', 'active_users', 'whatsapp_sessions',
                                                         'automation_executions')),
    quantity numeric NOT NULL DEFAULT 0,
    unit text NOT NULL,
    unit_price numeric,
    total_cost numeric,
    currency text DEFAULT 'usd',
    subscription_id uuid REFERENCES public.subscriptions (id) ON DELETE SET NULL,
    invoice_id uuid REFERENCES public.invoices (id) ON DELETE SET NULL,
    is_billable boolean DEFAULT true,
    included_quantity numeric,
    overage_quantity numeric,
    metadata jsonb DEFAULT '{}',
    created_at timestamptz DEFAULT pg_catalog.now(),
    updated_at timestamptz DEFAULT pg_catalog.now(),
    UNIQUE (organization_id, usage_date, usage_hour, resource_type)
);
