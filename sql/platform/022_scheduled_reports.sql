-- What is due when, and what became of it.
CREATE TABLE IF NOT EXISTS public.scheduled_reports (
    id uuid PRIMARY KEY DEFAULT pg_catalog.gen_random_uuid(),
    organization_id uuid NOT NULL REFERENCES public.organizations (id) ON DELETE CASCADE,
    created_by uuid NOT NULL REFERENCES public.profiles (id) ON DELETE CASCADE,
    report_type text NOT NULL CHECK (report_type IN ('conversations', 'messages', 'agents', 'contacts', 'performance')),
    report_name text,
    start_date date NOT NULL,
    end_date date NOT NULL,
    filters jsonb DEFAULT '{}',
    format text DEFAULT 'json' CHECK (format IN ('json', 'csv', 'pdf')),
    scheduling jsonb DEFAULT '{"frequency": "once"}',
    next_run_at timestamptz,
    last_run_at timestamptz,
    status text DEFAULT 'pending' CHECK (status IN ('pending', 'processing', 'completed', 'failed', 'cancelled')),
    error_message text,
    output_url text,
    delivery_emails text[],
    metadata jsonb DEFAULT '{}',
    created_at timestamptz DEFAULT pg_catalog.now(),
    updated_at timestamptz DEFAULT pg_catalog.now(),
    completed_at timestamptz
);
