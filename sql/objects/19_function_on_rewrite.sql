-- Event trigger: refuses to rewrite entries, as ALTER COLUMN ... TYPE ... USING does: it changes history and fires no
-- row trigger. A column that needs no rewrite can be added at any time.
CREATE OR REPLACE FUNCTION auditproof.on_rewrite() RETURNS event_trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    relation CONSTANT oid := pg_event_trigger_table_rewrite_oid();
BEGIN
    IF EXISTS (SELECT FROM pg_class c WHERE c.oid = relation AND c.relnamespace = to_regnamespace('auditproof'))
       OR relation = to_regclass('public.audit_logs')
       OR relation IN (SELECT p.relid FROM pg_partition_tree(to_regclass('public.audit_logs')) p) THEN
        RAISE EXCEPTION 'rewriting % is refused: it would change entries that are chained', relation::regclass
            USING ERRCODE = 'restrict_violation',
                  HINT = 'Add a column without a volatile default, or keep the new type in a view.';
    END IF;
END
$body$;
