-- The platform's and auditproof's tables with sizes; rows as the planner estimates them (NULL before the first ANALYZE).
-- Parameters: none. Columns: name, rows, total_bytes, table_bytes, index_bytes, partitions
SELECT t.name, pg_catalog.sum(p.rows)::bigint AS rows, pg_catalog.sum(p.total)::bigint AS total_bytes,
       pg_catalog.sum(p.heap)::bigint AS table_bytes, pg_catalog.sum(p.indexes)::bigint AS index_bytes,
       pg_catalog.count(p.oid) FILTER (WHERE p.oid <> t.oid) AS partitions
FROM (SELECT c.oid, pg_catalog.format('%I.%I', n.nspname, c.relname) AS name, n.nspname
      FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
        AND (n.nspname = 'auditproof'
             OR n.nspname = 'public'
                AND c.relname IN ('performance_analytics', 'scheduled_reports', 'audit_logs', 'invoices',
                                  'subscription_changes', 'usage_tracking', 'message_templates'))) t
CROSS JOIN LATERAL (
    SELECT c.oid, CASE WHEN c.relkind = 'r' AND c.reltuples >= 0 THEN c.reltuples END AS rows,
           pg_catalog.pg_total_relation_size(c.oid) AS total, pg_catalog.pg_table_size(c.oid) AS heap,
           pg_catalog.pg_indexes_size(c.oid) AS indexes
    FROM pg_catalog.pg_partition_tree(t.oid) x JOIN pg_catalog.pg_class c ON c.oid = x.relid
    UNION ALL
    SELECT c.oid, CASE WHEN c.reltuples >= 0 THEN c.reltuples END, pg_catalog.pg_total_relation_size(c.oid),
           pg_catalog.pg_table_size(c.oid), pg_catalog.pg_indexes_size(c.oid)
    FROM pg_catalog.pg_class c
    WHERE c.oid = t.oid AND c.relkind = 'r'
) p
GROUP BY t.name, t.nspname
ORDER BY t.nspname = 'auditproof', t.name COLLATE "C";
