-- What stands in the way of adopting, or has been done of it.
-- Parameters: none.
-- Columns: installed: are audit_logs.chain_salt and auditproof.adoption there
--          complete: chain_salt is NOT NULL, so that there is nothing left to adopt
SELECT a.attnum IS NOT NULL AND pg_catalog.to_regclass('auditproof.adoption') IS NOT NULL,
       coalesce(a.attnotnull, false)
FROM (SELECT) AS one
LEFT JOIN pg_catalog.pg_attribute a
       ON a.attrelid = pg_catalog.to_regclass('public.audit_logs') AND a.attname = 'chain_salt' AND NOT a.attisdropped;
