-- Is change capture installed?
-- Parameters: none.
-- Columns: yes or no.
SELECT pg_catalog.to_regprocedure('auditproof.capture_row()') IS NOT NULL;
