-- A person's profile.
-- Parameters: $1 id, or NULL; $2 address of mail, or NULL.
-- Columns: id, email, is_active, updated_at in microseconds since 1970
SELECT p.id, p.email, p.is_active,
       CASE WHEN p.updated_at > '-infinity' AND p.updated_at < '294247-01-01Z'
            THEN (extract(epoch FROM p.updated_at) * 1000000)::pg_catalog.int8 END
FROM public.profiles AS p
WHERE p.id = $1::pg_catalog.uuid OR pg_catalog.lower(p.email) = pg_catalog.lower($2::pg_catalog.text)
ORDER BY p.id
LIMIT 1
