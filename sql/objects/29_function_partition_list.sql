-- The partitions of a table with their bounds; both NULL for the DEFAULT partition, and a bound that is MINVALUE or
-- MAXVALUE.
CREATE OR REPLACE FUNCTION auditproof.partition_list(parent regclass)
RETURNS TABLE (partition regclass, from_time timestamptz, to_time timestamptz, is_default boolean)
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
SET DateStyle = 'ISO'
SET TimeZone = 'UTC'
AS $body$
SELECT c.oid::regclass, (regexp_match(b.text, 'FROM \(''([^'']*)''\)'))[1]::timestamptz,
       (regexp_match(b.text, 'TO \(''([^'']*)''\)'))[1]::timestamptz, b.text = 'DEFAULT'
  FROM pg_inherits i
  JOIN pg_class c ON c.oid = i.inhrelid
 CROSS JOIN LATERAL (SELECT pg_get_expr(c.relpartbound, c.oid)) AS b (text)
 WHERE i.inhparent = parent
 ORDER BY 2 NULLS FIRST
$body$;
