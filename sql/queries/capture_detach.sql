-- Detach change capture from a table.
-- Parameters: $1 table, as SQL writes it.
-- Columns: was it attached; NULL when there is no such table.
SELECT CASE WHEN t.oid IS NOT NULL THEN auditproof.capture_detach(t.oid) END
FROM (SELECT coalesce(pg_catalog.to_regclass($1), pg_catalog.to_regclass('public.' || $1))) AS t(oid);
