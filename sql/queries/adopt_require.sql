-- The next statement on the way to chain_salt being NOT NULL, each with a short lock: a check that is not validated, its
-- validation (which reads the table and lets writers write), NOT NULL (which then needs no reading), no check any more.
-- Parameters: none.
-- Columns: the statement; no row when chain_salt is NOT NULL and the check is gone.
SELECT 'ALTER TABLE public.audit_logs ' ||
       CASE WHEN a.attnotnull THEN 'DROP CONSTRAINT audit_logs_adopted'
            WHEN k.oid IS NULL THEN 'ADD CONSTRAINT audit_logs_adopted CHECK (chain_salt IS NOT NULL) NOT VALID'
            WHEN NOT k.convalidated THEN 'VALIDATE CONSTRAINT audit_logs_adopted'
            ELSE 'ALTER COLUMN chain_salt SET NOT NULL' END
FROM pg_catalog.pg_attribute a
LEFT JOIN pg_catalog.pg_constraint k ON k.conrelid = a.attrelid AND k.conname = 'audit_logs_adopted'
WHERE a.attrelid = 'public.audit_logs'::pg_catalog.regclass AND a.attname = 'chain_salt' AND NOT a.attisdropped
  AND (NOT a.attnotnull OR k.oid IS NOT NULL);
