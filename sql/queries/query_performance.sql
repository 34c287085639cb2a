-- Measurements of a tenant's pages: the beginning of a statement that one of query_performance_* ends.
-- Parameters: $1 organization, $2 from and $3 before which time. Result: none by itself
--
-- Percentiles are of double precision, and exact: percentile_cont of all rows, between two of them by proportion. Values that
-- no clock gives are left out: below zero, and from ten million seconds on. Thresholds: https://web.dev/articles/vitals
WITH period AS (SELECT ($2::pg_catalog.timestamptz AT TIME ZONE 'UTC')::pg_catalog.date AS since),
thresholds (type, place, unit, good, poor) AS (
    VALUES ('LCP', 1, 'ms', 2500, 4000), ('FID', 2, 'ms', 100, 300), ('CLS', 3, NULL, 0.1, 0.25), ('FCP', 4, 'ms', 1800, 3000),
           ('TTFB', 5, 'ms', 800, 1800)),
rows AS (
    SELECT p.type, p.name, p.route, (p."timestamp" AT TIME ZONE 'UTC')::pg_catalog.date AS day, p."timestamp" AS at, p.session_id,
           p.user_id,
           CASE WHEN m.amount >= 0 AND m.amount < 10000000000 THEN m.amount::pg_catalog.float8 END AS amount
    FROM public.performance_analytics AS p
    CROSS JOIN LATERAL (SELECT CASE WHEN p.type = 'api-call' THEN coalesce(p.duration, p.value) ELSE p.value END) AS m (amount)
    WHERE p.organization_id = $1::pg_catalog.uuid
      AND p."timestamp" >= $2::pg_catalog.timestamptz AND p."timestamp" < $3::pg_catalog.timestamptz
      AND p.type = ANY ('{CLS,FCP,FID,LCP,TTFB,api-call,error}'::pg_catalog.text[]))
