\set tenant random(1, :tenants)
\set actor random(1, 1000)
\set session random(1, 1000000)
INSERT INTO public.audit_logs (organization_id, actor_id, actor_email, actor_role, action, resource_type, resource_id, risk_level,
                               ip_address, user_agent, metadata, session_id)
VALUES (('00000000-0000-4000-8000-' || lpad(to_hex(:tenant::integer), 12, '0'))::uuid,
        ('00000000-0000-4000-9000-' || lpad(to_hex(:actor::integer), 12, '0'))::uuid,
        'user' || :actor || '@example.com', 'agent', 'team.member.role_updated', 'profile',
        '11111111-0000-4000-9000-000000000001', 'medium', '10.1.0.0'::inet + :actor,
        'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0', '{"source": "web", "request": 1}',
        md5(:session::text));
