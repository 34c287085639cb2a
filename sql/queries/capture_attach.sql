-- Attach change capture to a table.
-- Parameters: $1 table, as SQL writes it; $2 withheld columns and $3 ignored columns, JSON arrays; $4 risk level;
--             $5 resource type; $6 organization column; NULL for the defaults.
-- Columns: attached, changed or unchanged; NULL when there is no such table.
SELECT CASE WHEN t.oid IS NOT NULL THEN
    auditproof.capture_attach(t.oid, ARRAY(SELECT pg_catalog.jsonb_array_elements_text($2::jsonb)),
                              ARRAY(SELECT pg_catalog.jsonb_array_elements_text($3::jsonb)),
                              coalesce($4, 'low'), $5, $6) END
FROM (SELECT coalesce(pg_catalog.to_regclass($1), pg_catalog.to_regclass('public.' || $1))) AS t(oid);
