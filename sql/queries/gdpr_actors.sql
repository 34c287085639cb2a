-- Who acted in a tenant's entries with one of these ids or e-mail addresses.
-- Parameters: $1 chain; $2 ids (uuid[]); $3 e-mail addresses, lower case (text[]).
-- Result: actor id or NULL; e-mail address, lower case, or NULL; how many of those entries are of an account that was deleted.
SELECT l.actor_id, pg_catalog.lower(l.actor_email), pg_catalog.count(a.log_id)
FROM public.audit_logs AS l
LEFT JOIN auditproof.erasure AS a
       ON a.chain_id = $1::pg_catalog.uuid AND a.log_id = l.id AND a."group" = 'account' AND l.actor_id IS NULL
WHERE (l.organization_id = $1::pg_catalog.uuid
       OR $1::pg_catalog.uuid = '00000000-0000-0000-0000-000000000000' AND l.organization_id IS NULL)
  AND (l.actor_id = ANY ($2::pg_catalog.uuid[]) OR pg_catalog.lower(l.actor_email) = ANY ($3::pg_catalog.text[]))
GROUP BY 1, 2
ORDER BY 1, 2;
