-- Every change of a tenant's plan. Money is integer cents.
CREATE TABLE IF NOT EXISTS public.subscription_changes (
    id uuid PRIMARY KEY DEFAULT pg_catalog.gen_random_uuid(),
    organization_id uuid NOT NULL REFERENCES public.organizations (id) ON DELETE CASCADE,
    subscription_id uuid REFERENCES public.subscriptions (id) ON DELETE SET NULL,
    change_type text NOT NULL CHECK (change_type IN ('created', 'upgraded', 'downgraded', 'cancelled', 'renewed',
                                                     'trial_started', 'trial_ended', 'reactivated')),
    old_plan_id text,
    new_plan_id text,
    old_status text,
    new_status text,
    old_amount integer,
    new_amount integer,
    currency text DEFAULT 'usd',
    prorated_amount integer,
    effective_date date NOT NULL,
    change_reason text,
    initiated_by uuid REFERENCES public.profiles (id) ON DELETE SET NULL,
    stripe_subscription_id text,
    stripe_event_id text,
    metadata jsonb DEFAULT '{}',
    created_at timestamptz DEFAULT pg_catalog.now()
);
