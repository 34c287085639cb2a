-- Canned messages.
CREATE TABLE IF NOT EXISTS public.message_templates (
    id uuid PRIMARY KEY DEFAULT pg_catalog.gen_random_uuid(),
    organization_id uuid NOT NULL REFERENCES public.organizations (id) ON DELETE CASCADE,
    created_by uuid REFERENCES public.profiles (id) ON DELETE SET NULL,
    name text NOT NULL,
    category text CHECK (category IN ('greeting', 'away', 'closing', 'follow_up', 'support', 'sales', 'custom')),
    content text NOT NULL,
    language text DEFAULT 'en',
    variables jsonb DEFAULT '[]',
    whatsapp_template_id text,
    whatsapp_status text CHECK (whatsapp_status IN ('draft', 'pending', 'approved', 'rejected')),
    usage_count integer DEFAULT 0,
    last_used_at timestamptz,
    is_active boolean DEFAULT true,
    metadata jsonb DEFAULT '{}',
    tags text[],
    created_at timestamptz DEFAULT pg_catalog.now(),
    updated_at timestamptz DEFAULT pg_catalog.now()
);
