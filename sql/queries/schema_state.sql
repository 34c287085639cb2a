-- Is auditproof installed here?
-- Parameters: none. Columns: installed
SELECT pg_catalog.to_regclass('auditproof.migration') IS NOT NULL AS installed;
