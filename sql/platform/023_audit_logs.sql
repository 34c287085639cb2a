-- The entries. organization_id is NULL for what concerns the whole system.
CREATE TABLE IF NOT EXISTS public.audit_logs (
    id uuid PRIMARY KEY DEFAULT pg_catalog.gen_random_uuid(),
    organization_id uuid REFERENCES public.organizations (id) ON DELETE CASCADE,
    actor_id uuid REFERENCES auth.users (id) ON DELETE SET NULL,
    actor_email text,
    actor_role text,
    action text NOT NULL,
    resource_type text NOT NULL,
    resource_id uuid,
    old_values jsonb,
    new_values jsonb,
    risk_level text DEFAULT 'low' CHECK (risk_level IN ('low', 'medium', 'high', 'critical')),
    ip_address inet,
    user_agent text,
    metadata jsonb DEFAULT '{}',
    session_id text,
    created_at timestamptz DEFAULT pg_catalog.now()
);
