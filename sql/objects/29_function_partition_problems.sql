-- What keeps a table from being moved to partitions, a sentence each. Whatever of it cannot be carried over is named
-- before anything is done.
CREATE OR REPLACE FUNCTION auditproof.partition_problems(tab text) RETURNS SETOF text
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $body$
WITH t AS (SELECT c.* FROM pg_class c WHERE c.oid = to_regclass(format('public.%I', tab)))
SELECT format('rows of %s are not adopted: run auditmigrate adopt first', tab)
  FROM t JOIN pg_attribute a ON a.attrelid = t.oid AND a.attname = 'chain_salt' AND NOT a.attnotnull
 WHERE tab = 'audit_logs'
UNION ALL
SELECT format('%s has no primary key (id)', tab)
  FROM t
 WHERE NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = t.oid AND k.contype = 'p'
                                                 AND pg_get_constraintdef(k.oid) = 'PRIMARY KEY (id)')
UNION ALL
SELECT format('constraint %I of %s is NOT VALID: ALTER TABLE public.%s VALIDATE CONSTRAINT %I', k.conname, tab, tab, k.conname)
  FROM t JOIN pg_constraint k ON k.conrelid = t.oid AND NOT k.convalidated
UNION ALL
SELECT format('constraint %I of %s cannot be had by a partitioned table: drop it', k.conname, tab)
  FROM t JOIN pg_constraint k ON k.conrelid = t.oid AND k.contype IN ('u', 'x')
UNION ALL
SELECT format('index %s is unique, which a partitioned table''s can only be for each partition: drop it', i.indexrelid::regclass)
  FROM t JOIN pg_index i ON i.indrelid = t.oid AND i.indisunique AND NOT i.indisprimary
 WHERE NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.conrelid = t.oid)
UNION ALL
SELECT format('column %I of %s is generated or an identity, which is not copied: drop that', a.attname, tab)
  FROM t JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
                            AND (a.attgenerated <> '' OR a.attidentity <> '')
UNION ALL
SELECT format('%s inherits from %s, or the other way round: end that', i.inhrelid::regclass, i.inhparent::regclass)
  FROM t JOIN pg_inherits i ON t.oid IN (i.inhrelid, i.inhparent)
UNION ALL
SELECT format('%s refers to %s by a foreign key: drop constraint %I', k.conrelid::regclass, tab, k.conname)
  FROM t JOIN pg_constraint k ON k.confrelid = t.oid AND k.contype = 'f'
UNION ALL
SELECT format('%s is published by %I: take it out, and publish it again when it has moved', tab, p.pubname)
  FROM t JOIN pg_publication_rel r ON r.prrelid = t.oid JOIN pg_publication p ON p.oid = r.prpubid
UNION ALL
SELECT format('rule %I on %s is not carried over: drop it', w.rulename, tab)
  FROM t JOIN pg_rewrite w ON w.ev_class = t.oid
UNION ALL
SELECT DISTINCT format('materialized view %s reads %s: drop it, and make it again when that has moved', v.oid::regclass, tab)
  FROM t JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = t.oid AND d.classid = 'pg_rewrite'::regclass
  JOIN pg_rewrite w ON w.oid = d.objid
  JOIN pg_class v ON v.oid = w.ev_class AND v.relkind = 'm'
UNION ALL
SELECT format('%s depends on the row type of %s: drop it, and make it again when that has moved',
              pg_describe_object(d.classid, d.objid, 0), tab)
  FROM t JOIN pg_depend d ON d.refclassid = 'pg_type'::regclass AND d.refobjid IN (t.reltype, (SELECT y.typarray FROM pg_type y WHERE y.oid = t.reltype))
 WHERE d.deptype <> 'i'
   AND NOT (d.classid = 'pg_proc'::regclass
            AND EXISTS (SELECT FROM pg_proc p WHERE p.oid = d.objid AND p.pronamespace = to_regnamespace('auditproof')))
UNION ALL
SELECT format('%s is there already: rename it', to_regclass(format('public.%I', c.name)))
  FROM t, (VALUES (tab || '_copy'), (tab || '_default')) AS c (name)
 WHERE to_regclass(format('public.%I', c.name)) IS NOT NULL
$body$;
