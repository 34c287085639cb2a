-- Accounts with a profile in an organization that have one of these ids or e-mail addresses.
-- Parameters: $1 organization; $2 ids (uuid[]); $3 e-mail addresses, lower case (text[]). Result: id, e-mail address.
SELECT u.id, pg_catalog.lower(u.email)
FROM auth.users AS u
JOIN public.profiles AS p ON p.id = u.id
WHERE p.organization_id = $1::pg_catalog.uuid
  AND (u.id = ANY ($2::pg_catalog.uuid[]) OR pg_catalog.lower(u.email) = ANY ($3::pg_catalog.text[]))
ORDER BY u.id;
