-- auditproof.capture_truncate(): statement trigger that turns a TRUNCATE of a captured table into one entry of the
-- system chain, because no row is left to tell whose rows they were. Arguments: resource type, risk level.
CREATE OR REPLACE FUNCTION auditproof.capture_truncate()
RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $body$
BEGIN
    PERFORM auditproof.capture_write(
        TG_ARGV[0] || '.truncated', TG_ARGV[0], CASE TG_ARGV[1] WHEN 'critical' THEN 'critical' ELSE 'high' END,
        NULL, NULL, NULL, NULL,
        jsonb_build_object('source', 'capture', 'table', format('%I.%I', TG_TABLE_SCHEMA, TG_TABLE_NAME),
                           'estimated_rows', (SELECT nullif(c.reltuples, -1)::bigint
                                              FROM pg_class c WHERE c.oid = TG_RELID)));
    RETURN NULL;
END
$body$;
