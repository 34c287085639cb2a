-- auditproof.capture_definition(table) → text[]: what capture is attached to a table, as comparable text; NULL for none.
CREATE OR REPLACE FUNCTION auditproof.capture_definition(target regclass)
RETURNS text[]
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $body$
    SELECT array_agg(pg_get_triggerdef(t.oid) || ' ' || t.tgenabled::text ORDER BY t.tgrelid, t.tgname)
    FROM pg_trigger t
    WHERE t.tgrelid IN (SELECT p.relid FROM pg_partition_tree(target) p UNION SELECT target)
      AND t.tgname IN ('auditproof_capture', 'auditproof_capture_truncate')
$body$;
