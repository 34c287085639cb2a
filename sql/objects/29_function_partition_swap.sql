-- Puts the copy of a table in its place and drops the table. Views are made to read the copy, and it gets the table's
-- triggers, policies, privileges and the names of its indexes. auditproof's functions that take a row of audit_logs are
-- dropped, and made again by whoever calls this, who runs the installation in the same transaction.
CREATE OR REPLACE FUNCTION auditproof.partition_swap(tab text) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    source CONSTANT regclass := format('public.%I', tab)::regclass;
    copy CONSTANT regclass := format('public.%I', tab || '_copy')::regclass;
    statements text[];
    item text;
BEGIN
    EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', source);
    IF (SELECT array_agg((a.attname, a.atttypid, a.atttypmod, a.attnotnull, pg_get_expr(d.adbin, d.adrelid)) ORDER BY a.attnum)
          FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
         WHERE a.attrelid = source AND a.attnum > 0 AND NOT a.attisdropped)
       IS DISTINCT FROM
       (SELECT array_agg((a.attname, a.atttypid, a.atttypmod, a.attnotnull, pg_get_expr(d.adbin, d.adrelid)) ORDER BY a.attnum)
          FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
         WHERE a.attrelid = copy AND a.attnum > 0 AND NOT a.attisdropped)
       OR (SELECT count(*) FROM pg_trigger t WHERE t.tgrelid = source AND t.tgenabled = 'A'
                                              AND t.tgname IN ('auditproof_mirror', 'auditproof_mirror_lock')) <> 2 THEN
        RAISE EXCEPTION 'columns or triggers of % were changed while it moved', tab
            USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'Give the move up, and begin it again.';
    END IF;

    SELECT array_agg(x.sql ORDER BY x.rank, x.sql) INTO statements FROM (
        SELECT DISTINCT 1 AS rank,
               format('CREATE OR REPLACE VIEW %s%s AS %s', v.oid::regclass,
                      coalesce(' WITH (' || array_to_string(v.reloptions, ', ') || ')', ''), pg_get_viewdef(v.oid)) AS sql
          FROM pg_depend d JOIN pg_rewrite w ON w.oid = d.objid JOIN pg_class v ON v.oid = w.ev_class AND v.relkind = 'v'
         WHERE d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = source
        UNION ALL
        SELECT 3, format('DROP TABLE public.%I', tab || '_moved')
        UNION ALL
        SELECT 4, format('ALTER INDEX public.%I RENAME TO %I', 'moving_' || left(c.relname, 56), c.relname)
          FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
         WHERE i.indrelid = source AND NOT i.indisprimary AND i.indisvalid
        UNION ALL
        SELECT 5, format('COMMENT ON TABLE public.%I IS %L', tab, obj_description(source, 'pg_class'))
        UNION ALL
        SELECT 5, format('REVOKE ALL ON public.%I FROM auditproof_owner', tab)
        UNION ALL
        SELECT 6, pg_get_triggerdef(t.oid) FROM pg_trigger t
         WHERE t.tgrelid = source AND NOT t.tgisinternal AND t.tgname NOT LIKE 'auditproof\_mirror%'
           AND (tab <> 'audit_logs' OR t.tgname NOT LIKE 'auditproof\_%')
        UNION ALL
        SELECT 7, format('ALTER TABLE public.%I %s TRIGGER %I', tab,
                         CASE t.tgenabled WHEN 'A' THEN 'ENABLE ALWAYS' WHEN 'R' THEN 'ENABLE REPLICA' ELSE 'DISABLE' END, t.tgname)
          FROM pg_trigger t
         WHERE t.tgrelid = source AND NOT t.tgisinternal AND t.tgname NOT LIKE 'auditproof\_mirror%'
           AND (tab <> 'audit_logs' OR t.tgname NOT LIKE 'auditproof\_%') AND t.tgenabled <> 'O'
        UNION ALL
        SELECT 8, format('CREATE POLICY %I ON public.%I AS %s FOR %s TO %s', p.polname, tab,
                         CASE WHEN p.polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END,
                         CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE'
                                       WHEN 'd' THEN 'DELETE' ELSE 'ALL' END,
                         (SELECT string_agg(CASE r WHEN 0 THEN 'PUBLIC' ELSE r::regrole::text END, ', ')
                            FROM unnest(p.polroles) AS r))
                  || coalesce(' USING (' || pg_get_expr(p.polqual, p.polrelid) || ')', '')
                  || coalesce(' WITH CHECK (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')', '')
          FROM pg_policy p WHERE p.polrelid = source
        UNION ALL
        SELECT 9, format('ALTER TABLE public.%I %s ROW LEVEL SECURITY', tab, r.what)
          FROM pg_class c, LATERAL (VALUES (c.relrowsecurity, 'ENABLE'), (c.relforcerowsecurity, 'FORCE')) AS r (wanted, what)
         WHERE c.oid = source AND r.wanted
        UNION ALL
        SELECT 10, format('GRANT %s%s ON public.%I TO %s%s', a.privilege_type, a.columns, tab,
                          CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END,
                          CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
          FROM (SELECT x.grantee, x.privilege_type, x.is_grantable, '' AS columns
                  FROM pg_class c, aclexplode(c.relacl) x WHERE c.oid = source
                UNION ALL
                SELECT x.grantee, x.privilege_type, x.is_grantable, format(' (%I)', t.attname)
                  FROM pg_attribute t, aclexplode(t.attacl) x WHERE t.attrelid = source AND NOT t.attisdropped) AS a
    ) AS x;

    FOR item IN
        SELECT DISTINCT format('DROP FUNCTION %s', p.oid::regprocedure)
          FROM pg_depend d JOIN pg_proc p ON p.oid = d.objid JOIN pg_class c ON c.reltype = d.refobjid
         WHERE d.classid = 'pg_proc'::regclass AND d.refclassid = 'pg_type'::regclass AND c.oid = source
           AND p.pronamespace = to_regnamespace('auditproof')
    LOOP
        EXECUTE item;
    END LOOP;
    EXECUTE format('ALTER TABLE public.%I RENAME TO %I', tab, tab || '_moved');
    EXECUTE format('ALTER TABLE public.%I RENAME TO %I', tab || '_copy', tab);
    FOREACH item IN ARRAY statements LOOP
        EXECUTE item;
    END LOOP;
END
$body$;
