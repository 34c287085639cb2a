-- The tables that change capture is attached to.
-- Parameters: none.
-- Columns: table name, resource type, risk level, organization column, key columns, withheld columns, ignored columns
--          (lists joined with ", "), trouble: what makes it capture less than it says, or ''.
SELECT pg_catalog.format('%I.%I', n.nspname, c.relname), a.args[1], a.args[2], a.args[3],
       pg_catalog.array_to_string(a.args[4]::text[], ', '), pg_catalog.array_to_string(a.args[5]::text[], ', '),
       pg_catalog.array_to_string(a.args[6]::text[], ', '),
       pg_catalog.concat_ws('; ',
           CASE WHEN t.tgenabled <> 'A' THEN 'its trigger is not enabled always' END,
           (SELECT 'no such column any more: ' || pg_catalog.string_agg(g.name, ', ')
            FROM pg_catalog.unnest(a.args[4]::text[] || a.args[5]::text[] || a.args[6]::text[]
                                   || CASE WHEN a.args[3] = '' THEN '{}' ELSE ARRAY[a.args[3]] END) AS g(name)
            WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_attribute x
                              WHERE x.attrelid = t.tgrelid AND x.attname = g.name AND NOT x.attisdropped)),
           (SELECT 'TRUNCATE is not captured on ' || pg_catalog.string_agg(p.relid::pg_catalog.regclass::text, ', ')
            FROM (SELECT relid FROM pg_catalog.pg_partition_tree(t.tgrelid) UNION SELECT t.tgrelid) p
            WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_trigger s
                              WHERE s.tgrelid = p.relid AND s.tgname = 'auditproof_capture_truncate'
                                AND s.tgenabled = 'A')))
FROM pg_catalog.pg_trigger t
JOIN pg_catalog.pg_proc f ON f.oid = t.tgfoid AND f.proname = 'capture_row'
JOIN pg_catalog.pg_namespace fn ON fn.oid = f.pronamespace AND fn.nspname = 'auditproof'
JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN LATERAL (SELECT auditproof.capture_arguments(t.tgargs)) AS a(args)
WHERE t.tgparentid = 0
ORDER BY 1;
