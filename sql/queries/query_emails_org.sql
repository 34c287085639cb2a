-- The spellings that an organization has of an address: each address there is takes one look-up in the index. NULL at the
-- end where there are more addresses than are worth looking up.
-- Parameters: $1 pattern of LIKE, $2 organization, $3 at most so many addresses. Columns: address
WITH RECURSIVE known (email, n) AS (
    SELECT ''::pg_catalog.text, 0::pg_catalog.int8 -- less than every other
    UNION ALL
    SELECT (SELECT l.actor_email FROM public.audit_logs AS l
             WHERE l.organization_id = $2::pg_catalog.uuid AND pg_catalog.octet_length(l.actor_email) <= 320
               AND l.actor_email > k.email
             ORDER BY l.organization_id, l.actor_email LIMIT 1), k.n + 1
    FROM known k WHERE k.email IS NOT NULL AND k.n <= $3::pg_catalog.int8)
SELECT CASE WHEN k.n <= $3::pg_catalog.int8 THEN k.email END
FROM known k
WHERE k.email IS NOT NULL AND (k.email ILIKE $1::pg_catalog.text OR k.n > $3::pg_catalog.int8)
ORDER BY k.n
