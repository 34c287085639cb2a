-- The JSON text of the content group (audit-format(5)). SQL's NULL and JSON's null print alike, so an entry that holds the
-- latter has a fifth element, which says where.
CREATE OR REPLACE FUNCTION auditproof.content_fields(entry public.audit_logs) RETURNS json
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $body$
SELECT CASE nulls.mask
           WHEN 0 THEN json_build_array(entry.resource_id, entry.old_values, entry.new_values, entry.metadata)
           ELSE json_build_array(entry.resource_id, entry.old_values, entry.new_values, entry.metadata, nulls.mask)
       END
  FROM (SELECT CASE entry.old_values WHEN 'null' THEN 1 ELSE 0 END
               + CASE entry.new_values WHEN 'null' THEN 2 ELSE 0 END
               + CASE entry.metadata WHEN 'null' THEN 4 ELSE 0 END) AS nulls (mask)
$body$;
