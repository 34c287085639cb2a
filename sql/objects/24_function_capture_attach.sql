-- auditproof.capture_attach(table, …) → what it did: 'attached', 'changed' or 'unchanged'.
--
-- Makes every change of a table an entry (auditproof.capture_row). Runs as its caller, who must own the table. Asking
-- again with other options replaces them. The options live in the triggers' arguments: what is attached is what holds.
CREATE OR REPLACE FUNCTION auditproof.capture_attach(
    target regclass, withheld text[] DEFAULT '{}', ignored text[] DEFAULT '{}', risk_level text DEFAULT 'low',
    resource_type text DEFAULT NULL, organization_column text DEFAULT NULL)
RETURNS text
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
-- Waiting for the table would make its writers wait behind us: the caller tries again instead.
SET lock_timeout = '2s'
AS $body$
DECLARE
    relation record;
    key_columns text[];
    unknown text;
    arguments text;
    before text[];
    part regclass;
BEGIN
    PERFORM auditproof.capture_refuse(target);
    SELECT c.relname, n.nspname, c.relkind INTO relation
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = target;

    SELECT array_agg(a.attname::text ORDER BY k.position) INTO key_columns
    FROM pg_index i
    CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k(attnum, position)
    JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
    WHERE i.indrelid = target AND i.indisprimary;
    IF key_columns IS NULL THEN
        RAISE EXCEPTION 'table % has no primary key: an entry could not say which row it is about', target
            USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'Add a primary key first.';
    END IF;

    IF organization_column IS NULL THEN
        organization_column := CASE WHEN target = 'public.organizations'::regclass THEN 'id'
            ELSE (SELECT a.attname FROM pg_attribute a
                  WHERE a.attrelid = target AND a.attname = 'organization_id' AND NOT a.attisdropped
                    AND a.atttypid = 'uuid'::regtype) END;
    ELSIF NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = target AND a.attname = organization_column
                      AND a.attnum > 0 AND NOT a.attisdropped AND a.atttypid = 'uuid'::regtype) THEN
        RAISE EXCEPTION 'table % has no column "%" of type uuid to take the organization from', target,
            organization_column USING ERRCODE = 'undefined_column';
    END IF;

    SELECT c INTO unknown FROM unnest(withheld || ignored) c
    WHERE NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = target AND a.attname = c AND a.attnum > 0
                      AND NOT a.attisdropped);
    IF FOUND THEN
        RAISE EXCEPTION 'table % has no column "%"', target, unknown USING ERRCODE = 'undefined_column';
    END IF;
    IF withheld && key_columns THEN
        RAISE EXCEPTION 'the primary key of % (%) cannot be withheld: an entry could not say which row it is about',
            target, array_to_string(key_columns, ', ') USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF risk_level NOT IN ('low', 'medium', 'high', 'critical') THEN
        RAISE EXCEPTION 'risk level is one of low, medium, high, critical, not "%"', risk_level
            USING ERRCODE = 'invalid_parameter_value';
    END IF;

    resource_type := coalesce(resource_type, relation.relname);
    arguments := format('%L, %L, %L, %L, %L, %L', resource_type, risk_level, coalesce(organization_column, ''),
                        key_columns, withheld, ignored);
    before := auditproof.capture_definition(target);
    EXECUTE format('CREATE OR REPLACE TRIGGER auditproof_capture AFTER INSERT OR UPDATE OR DELETE ON %s'
                   ' FOR EACH ROW EXECUTE FUNCTION auditproof.capture_row(%s)', target, arguments);
    EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER auditproof_capture', target);
    -- Statement triggers are not inherited, and TRUNCATE can name a partition.
    FOR part IN SELECT t.relid FROM pg_partition_tree(target) t UNION SELECT target LOOP
        EXECUTE format('CREATE OR REPLACE TRIGGER auditproof_capture_truncate BEFORE TRUNCATE ON %s'
                       ' FOR EACH STATEMENT EXECUTE FUNCTION auditproof.capture_truncate(%L, %L)',
                       part, resource_type, risk_level);
        EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER auditproof_capture_truncate', part);
    END LOOP;
    IF before IS NOT DISTINCT FROM auditproof.capture_definition(target) THEN
        RETURN 'unchanged';
    END IF;
    PERFORM auditproof.capture_write('audit.capture_attached', 'audit_logs', 'medium', NULL, NULL, NULL, NULL,
        jsonb_build_object('source', 'auditproof', 'table', format('%I.%I', relation.nspname, relation.relname),
                           'withheld', withheld, 'ignored', ignored, 'risk_level', risk_level,
                           'resource_type', resource_type, 'organization_column', organization_column));
    RETURN CASE WHEN before IS NULL THEN 'attached' ELSE 'changed' END;
END
$body$;
