-- Profiles of an organization that have one of these ids or e-mail addresses.
-- Parameters: $1 organization; $2 ids (uuid[]); $3 e-mail addresses, lower case (text[]).
-- Result: id, e-mail address, the profile as JSON.
SELECT p.id, pg_catalog.lower(p.email),
       pg_catalog.json_build_object('id', p.id, 'email', p.email, 'full_name', p.full_name, 'role', p.role,
                                    'is_active', p.is_active, 'created_at', p.created_at, 'updated_at', p.updated_at)
FROM public.profiles AS p
WHERE p.organization_id = $1::pg_catalog.uuid
  AND (p.id = ANY ($2::pg_catalog.uuid[]) OR pg_catalog.lower(p.email) = ANY ($3::pg_catalog.text[]))
ORDER BY p.id;
