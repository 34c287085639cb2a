-- The tenants and accounts that the benchmark's rows name.
INSERT INTO public.organizations (id, name)
SELECT ('00000000-0000-4000-8000-' || lpad(to_hex(i), 12, '0'))::uuid, 'Tenant ' || i FROM generate_series(1, 100) AS i;
INSERT INTO auth.users (id, email)
SELECT ('00000000-0000-4000-9000-' || lpad(to_hex(i), 12, '0'))::uuid, 'user' || i || '@example.com'
  FROM generate_series(1, 1000) AS i;

-- Row i of the benchmark: the same for every database, and no two alike.
CREATE FUNCTION public.bench_rows(first integer, last integer)
RETURNS TABLE (organization_id uuid, actor_id uuid, actor_email text, actor_role text, action text, resource_type text,
               resource_id uuid, old_values jsonb, new_values jsonb, risk_level text, ip_address inet, user_agent text,
               metadata jsonb, session_id text)
LANGUAGE sql STABLE AS $$
SELECT ('00000000-0000-4000-8000-' || lpad(to_hex(1 + i % 100), 12, '0'))::uuid,
       ('00000000-0000-4000-9000-' || lpad(to_hex(1 + i % 1000), 12, '0'))::uuid,
       'user' || 1 + i % 1000 || '@example.com', 'agent',
       (ARRAY['team.member.role_updated', 'auth.login_failed', 'DATA_EXPORT', 'organization.updated'])[1 + i % 4],
       (ARRAY['profile', 'session', 'export', 'organization'])[1 + i % 4], md5(i::text)::uuid,
       CASE WHEN i % 4 = 0 THEN jsonb_build_object('role', 'agent') END,
       CASE WHEN i % 4 = 0 THEN jsonb_build_object('role', 'admin', 'by', i % 1000) END,
       (ARRAY['low', 'medium', 'low', 'high'])[1 + i % 4], '10.1.0.0'::inet + i % 65536,
       'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0',
       jsonb_build_object('request', i, 'source', 'web', 'duration_ms', i % 977), 's-' || i / 7
  FROM generate_series(first, last) AS i
$$;
