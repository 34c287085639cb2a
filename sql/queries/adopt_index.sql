-- The next statement that brings the indexes of unadopted rows to where they should be: made, while rows are to be
-- adopted, or gone. One a table that holds rows, because a partitioned table cannot have one made CONCURRENTLY. An
-- index that a killed session left half-made is dropped first.
-- Parameters: $1 wanted: should they be there.
-- Columns: the statement; no row when all is so.
SELECT CASE WHEN i.indexrelid IS NULL
            THEN pg_catalog.format('CREATE INDEX CONCURRENTLY %I ON %s (created_at, id) WHERE chain_salt IS NULL',
                                   pg_catalog.left(c.relname, 50) || '_unadopted', t.relid::pg_catalog.regclass)
            ELSE pg_catalog.format('DROP INDEX CONCURRENTLY IF EXISTS %s', i.indexrelid::pg_catalog.regclass) END
FROM (SELECT relid FROM pg_catalog.pg_partition_tree('public.audit_logs') WHERE isleaf
      UNION SELECT 'public.audit_logs'::pg_catalog.regclass) AS t(relid)
JOIN pg_catalog.pg_class c ON c.oid = t.relid AND c.relkind = 'r'
LEFT JOIN (pg_catalog.pg_index i
           JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid)
       ON i.indrelid = t.relid AND x.relname = pg_catalog.left(c.relname, 50) || '_unadopted'
WHERE CASE WHEN $1::boolean THEN i.indexrelid IS NULL OR NOT i.indisvalid ELSE i.indexrelid IS NOT NULL END
ORDER BY t.relid
LIMIT 1;
