\set tenant random(1, :tenants)
\set actor random(1, 1000)
INSERT INTO public.audit_logs (organization_id, actor_id, action, resource_type, resource_id, risk_level, metadata)
VALUES (('00000000-0000-4000-8000-' || lpad(to_hex(:tenant::integer), 12, '0'))::uuid,
        ('00000000-0000-4000-9000-' || lpad(to_hex(:actor::integer), 12, '0'))::uuid,
        'team.member.role_updated', 'profile', '11111111-0000-4000-9000-000000000001', 'medium',
        '{"source": "web", "request": 1}');
