-- How far a table is on its way to partitions.
-- Parameters: $1 the table's name.
-- Columns: kind: 'r' for a plain table, 'p' for a partitioned one, NULL where there is none
--          moving: is there a copy that is not yet in its place
--          installed: are auditproof's functions for it there
SELECT (SELECT c.relkind FROM pg_catalog.pg_class c WHERE c.oid = pg_catalog.to_regclass('public.' || $1)) AS kind,
       EXISTS (SELECT FROM pg_catalog.pg_trigger t
               WHERE t.tgrelid = pg_catalog.to_regclass('public.' || $1) AND t.tgname = 'auditproof_mirror') AS moving,
       pg_catalog.to_regprocedure('auditproof.partition_prepare(text,integer)') IS NOT NULL AS installed;
