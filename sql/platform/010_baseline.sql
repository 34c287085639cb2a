-- What the platform has before auditproof comes: accounts, organizations, profiles, subscriptions, and the two
-- functions that row level security asks. Created only on a database that has none of it, for development and tests;
-- a database that has some of it is somebody's platform, and is never completed by guesswork.
DO $do$
DECLARE
    absent text[];
    present integer;
    name text;
BEGIN
    SELECT pg_catalog.array_agg(o.what) FILTER (WHERE NOT o.there), pg_catalog.count(*) FILTER (WHERE o.there)
      INTO absent, present
      FROM (VALUES
            ('table auth.users', pg_catalog.to_regclass('auth.users') IS NOT NULL),
            ('table public.organizations', pg_catalog.to_regclass('public.organizations') IS NOT NULL),
            ('table public.profiles', pg_catalog.to_regclass('public.profiles') IS NOT NULL),
            ('table public.subscriptions', pg_catalog.to_regclass('public.subscriptions') IS NOT NULL),
            ('function auth.uid()', pg_catalog.to_regprocedure('auth.uid()') IS NOT NULL),
            ('function public.get_user_organization()',
             pg_catalog.to_regprocedure('public.get_user_organization()') IS NOT NULL),
            ('function public.is_super_admin()', pg_catalog.to_regprocedure('public.is_super_admin()') IS NOT NULL)
           ) AS o (what, there);
    IF absent IS NULL THEN
        RETURN;
    END IF;
    IF present > 0 THEN
        RAISE EXCEPTION 'the platform is incomplete: % missing', pg_catalog.array_to_string(absent, ', ')
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  HINT = 'Create what is missing as the platform defines it, then install again; nothing was changed.';
    END IF;

    FOREACH name IN ARRAY ARRAY['anon', 'authenticated', 'service_role'] LOOP
        CONTINUE WHEN EXISTS (SELECT FROM pg_catalog.pg_roles r WHERE r.rolname = name);
        BEGIN
            -- service_role is how the application's own server works: row level security does not apply to it.
            EXECUTE pg_catalog.format('CREATE ROLE %I NOLOGIN %s', name,
                                      CASE name WHEN 'service_role' THEN 'BYPASSRLS' ELSE '' END);
        EXCEPTION WHEN insufficient_privilege THEN
            BEGIN
                EXECUTE pg_catalog.format('CREATE ROLE %I NOLOGIN', name);
            EXCEPTION WHEN insufficient_privilege THEN
                RAISE NOTICE 'role % is not there and % may not create it: go on without', name, current_user;
            END;
        END;
    END LOOP;

    CREATE SCHEMA IF NOT EXISTS auth;
    CREATE TABLE auth.users (
        id uuid PRIMARY KEY,
        email text,
        created_at timestamptz DEFAULT pg_catalog.now()
    );
    CREATE TABLE public.organizations (
        id uuid PRIMARY KEY DEFAULT pg_catalog.gen_random_uuid(),
        name text NOT NULL,
        created_at timestamptz DEFAULT pg_catalog.now(),
        updated_at timestamptz DEFAULT pg_catalog.now()
    );
    CREATE TABLE public.profiles (
        id uuid PRIMARY KEY REFERENCES auth.users (id) ON DELETE CASCADE,
        organization_id uuid REFERENCES public.organizations (id) ON DELETE CASCADE,
        email text NOT NULL,
        full_name text,
        role text DEFAULT 'agent' CHECK (role IN ('owner', 'admin', 'agent')),
        is_active boolean DEFAULT true,
        is_super_admin boolean DEFAULT false,
        created_at timestamptz DEFAULT pg_catalog.now(),
        updated_at timestamptz DEFAULT pg_catalog.now()
    );
    CREATE TABLE public.subscriptions (
        id uuid PRIMARY KEY DEFAULT pg_catalog.gen_random_uuid(),
        organization_id uuid NOT NULL REFERENCES public.organizations (id) ON DELETE CASCADE,
        created_at timestamptz DEFAULT pg_catalog.now()
    );

    CREATE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $body$
        SELECT coalesce(nullif(current_setting('request.jwt.claim.sub', true), ''),
                        nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')::uuid
    $body$;
    CREATE FUNCTION public.get_user_organization() RETURNS uuid LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp AS $body$
        SELECT p.organization_id FROM public.profiles p WHERE p.id = auth.uid()
    $body$;
    CREATE FUNCTION public.is_super_admin() RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp AS $body$
        SELECT coalesce((SELECT p.is_super_admin FROM public.profiles p WHERE p.id = auth.uid()), false)
    $body$;

    ALTER TABLE public.organizations ENABLE ROW LEVEL SECURITY;
    ALTER TABLE public.profiles ENABLE ROW LEVEL SECURITY;
    ALTER TABLE public.subscriptions ENABLE ROW LEVEL SECURITY;
    CREATE POLICY "Users can view own organization" ON public.organizations FOR SELECT
        USING (id = (SELECT public.get_user_organization()) OR (SELECT public.is_super_admin()));
    CREATE POLICY "Users can view profiles in own organization" ON public.profiles FOR SELECT
        USING (organization_id = (SELECT public.get_user_organization()) OR (SELECT public.is_super_admin()));
    CREATE POLICY "Users can view subscriptions in own organization" ON public.subscriptions FOR SELECT
        USING (organization_id = (SELECT public.get_user_organization()) OR (SELECT public.is_super_admin()));

    -- The hosted platform gives everything in public to all three and leaves the rest to row level security. So do we,
    -- that what works here works there, and what is revoked later is revoked from what is really granted.
    FOREACH name IN ARRAY ARRAY['anon', 'authenticated', 'service_role'] LOOP
        CONTINUE WHEN NOT EXISTS (SELECT FROM pg_catalog.pg_roles r WHERE r.rolname = name);
        EXECUTE pg_catalog.format('GRANT USAGE ON SCHEMA auth, public TO %I', name);
        EXECUTE pg_catalog.format('GRANT ALL ON ALL TABLES IN SCHEMA public TO %I', name);
        EXECUTE pg_catalog.format('ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON TABLES TO %I', name);
    END LOOP;
END
$do$;
