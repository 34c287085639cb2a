-- Accounts and e-mail addresses that entries show together with the subject's, and what else these are shown with: where that is
-- nothing, they are the subject's as well.
-- Parameters: $1 chain, or NULL for all.
-- Result: account or e-mail address; one of those it is also shown with and the subject is not known to have, or NULL.
WITH pairs AS (
    SELECT DISTINCT l.actor_id::pg_catalog.text AS id, pg_catalog.lower(l.actor_email) AS email
    FROM public.audit_logs AS l
    WHERE l.actor_id IS NOT NULL AND l.actor_email <> ''
      AND ($1::pg_catalog.uuid IS NULL
           OR coalesce(l.organization_id, '00000000-0000-0000-0000-000000000000') = $1::pg_catalog.uuid)
), shown AS (
    SELECT p.id AS one, p.email AS other FROM pairs AS p
    UNION ALL
    SELECT p.email, p.id FROM pairs AS p
)
SELECT b.one, (SELECT pg_catalog.min(x.other) FROM shown AS x
               WHERE x.one = b.one AND x.other NOT IN (SELECT s.word FROM pg_temp.auditproof_subject AS s))
FROM shown AS b
WHERE b.other IN (SELECT s.word FROM pg_temp.auditproof_subject AS s)
  AND b.one NOT IN (SELECT s.word FROM pg_temp.auditproof_subject AS s)
GROUP BY b.one
ORDER BY b.one;
