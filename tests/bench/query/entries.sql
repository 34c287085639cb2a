-- Entries number :first to :last of :total, in the order of their time: seven years that end now, each day with as many
-- more than the one before it as the platform grew. One in two hundred is the system's, one in a hundred thousand has no
-- time.
SELECT setseed(:seed);
INSERT INTO public.audit_logs (organization_id, actor_id, actor_email, actor_role, action, resource_type, resource_id,
                               old_values, new_values, risk_level, ip_address, user_agent, metadata, session_id, created_at)
SELECT CASE WHEN e.system >= 0.005 THEN bench.tenant(e.rank) END,
       CASE WHEN e.system >= 0.005 AND e.who < 0.88 THEN bench.person(e.rank, e.number) END,
       CASE WHEN e.system < 0.005 OR e.who >= 0.91 THEN NULL WHEN e.who < 0.88
            THEN 'person' || e.number || '@tenant' || e.rank || '.example' ELSE 'guess' || e.number || '@elsewhere.example' END,
       CASE WHEN e.number = 1 THEN 'owner' WHEN e.number < 4 THEN 'admin' ELSE 'agent' END,
       CASE WHEN e.rare < 0.0001 THEN 'security.unauthorized_access_attempt' ELSE split_part(e.kind, '|', 1) END,
       split_part(e.kind, '|', 2),
       md5(e.rank::text || '/' || split_part(e.kind, '|', 2) || '/' || (e.thing * 200)::integer)::uuid,
       CASE WHEN e.kind LIKE '%d|%' THEN jsonb_build_object('role', 'agent', 'limit', e.number, 'active', true) END,
       CASE WHEN e.kind LIKE '%d|%' THEN jsonb_build_object('role', CASE WHEN e.rare > 0.99 THEN 'admin' ELSE 'agent' END,
                                                            'limit', e.number + 1, 'active', true) END,
       CASE WHEN e.risk < 0.9 THEN 'low' WHEN e.risk < 0.98 THEN 'medium' WHEN e.risk < 0.998 THEN 'high' ELSE 'critical' END,
       CASE WHEN e.place < 0.6 THEN '10.0.0.0'::inet + e.rank * 256 + (e.thing * 4)::integer
            WHEN e.place < 0.95 THEN '100.64.0.0'::inet + (e.place * 4000000)::integer
            ELSE '2001:db8::'::inet + (e.rank::bigint * 65536 + e.number) END,
       (ARRAY['Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0',
              'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Version/17.5 Mobile/15E148',
              'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0.0.0 Safari/537.36',
              'okhttp/4.12.0', 'python-requests/2.32'])[1 + (e.thing * 4)::integer],
       jsonb_build_object('source', CASE WHEN e.place < 0.8 THEN 'web' ELSE 'api' END, 'request_id', gen_random_uuid(),
                          'duration_ms', (e.place * 900)::integer),
       CASE WHEN e.who < 0.95 THEN md5(e.rank || '/' || e.number || '/' || e.created_at::date) END,
       CASE WHEN e.number_of % 100000 <> 0 THEN e.created_at END
FROM (SELECT i AS number_of, r.rank, 1 + (power(random(), 2) * (bench.people(r.rank) - 1))::integer AS number,
             random() AS system, random() AS who, random() AS rare, random() AS thing, random() AS risk, random() AS place,
             ('{auth.login|session,message.sent|message,conversation.updated|conversation,contact.updated|contact,'
              'conversation.assigned|conversation,LOGIN|session,contact.created|contact,template.used|message_template,'
              'auth.logout|session,message.deleted|message,auth.login_failed|session,SETTINGS_CHANGED|organization,'
              'contact.exported|contact,team.member.role_updated|profile,team.invitation.created|invitation,'
              'DATA_EXPORT|export,mfa_backup_code_used|session,organization.updated|organization,API_KEY_GENERATED|api_key,'
              'team.member.removed|profile,branding.updated|organization,LOGIN_FAILED|session,MFA_DISABLED|profile,'
              'ROLE_CHANGE|profile,BULK_DELETE|contact,REFUND_ISSUED|invoice,security.rate_limit_exceeded|api_key,'
              'SUBSCRIPTION_CANCELLED|subscription}'::text[])[1 + (power(random(), 6) * 27)::integer] AS kind,
             now() - interval '2556 days' * (1 - sqrt(i / :total::float8)) AS created_at
      FROM generate_series(:first, :last) AS i,
           LATERAL (SELECT least(1000, floor(power(1 + random() * (power(1001, 0.3) - 1) + i * 0, 1 / 0.3)))::integer AS rank) AS r
     ) AS e;
