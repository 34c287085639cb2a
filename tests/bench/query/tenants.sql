-- A thousand tenants and their people. The tenant of rank r has about 10,000,000 × 0.3 r^-0.7 / 6.9 of ten million
-- entries: the largest 330,000, the one in the middle 5,600; and 5 + 2000 / r people.
CREATE SCHEMA bench;
GRANT USAGE ON SCHEMA bench TO PUBLIC;

CREATE FUNCTION bench.tenant(rank integer) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT ('00000000-0000-4000-8000-' || lpad(to_hex(rank), 12, '0'))::uuid
$$;
CREATE FUNCTION bench.person(rank integer, number integer) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT ('00000000-0000-4000-9' || lpad(to_hex(rank), 3, '0') || '-' || lpad(to_hex(number), 12, '0'))::uuid
$$;
CREATE FUNCTION bench.people(rank integer) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT 5 + 2000 / rank
$$;

INSERT INTO public.organizations (id, name) SELECT bench.tenant(r), 'Tenant ' || r FROM generate_series(1, 1000) AS r;
INSERT INTO auth.users (id, email)
SELECT bench.person(r, n), 'person' || n || '@tenant' || r || '.example'
FROM generate_series(1, 1000) AS r, generate_series(1, bench.people(r)) AS n;
INSERT INTO public.profiles (id, organization_id, email, role)
SELECT bench.person(r, n), bench.tenant(r), 'person' || n || '@tenant' || r || '.example', CASE n WHEN 1 THEN 'owner' ELSE 'agent' END
FROM generate_series(1, 1000) AS r, generate_series(1, bench.people(r)) AS n;
ANALYZE;
