-- How many of the erasures that were made last were of entries on things of a type, which therefore name no thing any more.
-- Parameters: $1 type, or '' for any; $2 chain, or '' for any. Columns: entries
SELECT pg_catalog.count(*)
FROM (SELECT e.log_id FROM auditproof.erasure AS e
      WHERE e."group" = 'content' AND ($2::pg_catalog.text = '' OR e.chain_id::pg_catalog.text = $2::pg_catalog.text)
      ORDER BY e.erased_at DESC LIMIT 10000) AS e
JOIN public.audit_logs AS l ON l.id = e.log_id
WHERE $1::pg_catalog.text = '' OR l.resource_type = $1::pg_catalog.text
