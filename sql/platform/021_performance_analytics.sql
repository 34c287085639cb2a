-- Web vitals and API timings of the platform's front end. Kept 90 days.
CREATE TABLE IF NOT EXISTS public.performance_analytics (
    id uuid PRIMARY KEY DEFAULT pg_catalog.gen_random_uuid(),
    organization_id uuid REFERENCES public.organizations (id) ON DELETE CASCADE,
    user_id uuid REFERENCES auth.users (id) ON DELETE SET NULL,
    session_id text,
    type text NOT NULL CHECK (type IN ('CLS', 'FCP', 'FID', 'LCP', 'TTFB', 'api-call', 'custom-timing', 'error',
                                       'user-interaction', 'navigation-timing')),
    name text,
    value numeric,
    duration numeric,
    url text,
    route text,
    metadata jsonb DEFAULT '{}',
    ip_address inet,
    user_agent text,
    viewport_width integer,
    viewport_height integer,
    device_type text,
    "timestamp" timestamptz NOT NULL DEFAULT pg_catalog.now(),
    created_at timestamptz DEFAULT pg_catalog.now()
);
