-- Measurements of the front end, :rows within ninety days, of tenants of the same sizes.
INSERT INTO public.performance_analytics (organization_id, user_id, session_id, type, name, value, duration, url, route,
                                          metadata, device_type, "timestamp", created_at)
SELECT bench.tenant(p.rank), bench.person(p.rank, 1 + i % 5), 's' || i / 12, p.type,
       CASE p.type WHEN 'api-call' THEN '/api/v1/conversations' END, (random() * 4000)::numeric(10, 2), random() * 900,
       'https://app.example/inbox/' || i % 500, '/inbox/[id]', '{"build": "2026.11"}',
       CASE WHEN i % 3 = 0 THEN 'mobile' ELSE 'desktop' END, p.at, p.at
FROM (SELECT i, r.rank, now() - interval '90 days' * (1 - i / :rows::float8) AS at,
             ('{CLS,FCP,FID,LCP,TTFB,api-call,api-call,api-call,user-interaction,error}'::text[])[1 + (random() * 9)::integer] AS type
      FROM generate_series(1, :rows) AS i,
           LATERAL (SELECT least(1000, floor(power(1 + random() * (power(1001, 0.3) - 1) + i * 0, 1 / 0.3)))::integer AS rank) AS r) AS p;
