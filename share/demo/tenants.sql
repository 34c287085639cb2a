-- Five tenants of different size and their people, as the platform would have them.
INSERT INTO public.organizations (id, name)
SELECT ('00000001-' || to_char(t, 'FM0000') || '-4000-8000-000000000000')::uuid, name
FROM unnest(ARRAY['Alder Logistics', 'Birch & Sons', 'Cedar Health', 'Dogwood Studio', 'Elm Street Bakery'])
    WITH ORDINALITY AS o (name, t);

INSERT INTO auth.users (id, email)
SELECT ('00000002-' || to_char(t, 'FM0000') || '-4000-8000-' || to_char(p, 'FM000000000000'))::uuid,
       'person' || p || '@tenant' || t || '.example'
FROM unnest(ARRAY[41, 23, 12, 8, 3]) WITH ORDINALITY AS o (people, t), generate_series(1, people) AS p;

INSERT INTO public.profiles (id, organization_id, email, full_name, role)
SELECT u.id, ('00000001-' || substr(u.id::text, 10, 4) || '-4000-8000-000000000000')::uuid, u.email,
       initcap(split_part(u.email, '@', 1)), CASE WHEN u.email LIKE 'person1@%' THEN 'owner' ELSE 'agent' END
FROM auth.users AS u;

INSERT INTO public.subscriptions (id, organization_id)
SELECT ('00000004-' || to_char(t, 'FM0000') || '-4000-8000-000000000000')::uuid,
       ('00000001-' || to_char(t, 'FM0000') || '-4000-8000-000000000000')::uuid
FROM generate_series(1, 5) AS t;
