-- How often each index was used since the statistics were reset; the largest unused ones first, then the most used.
-- Parameters: $1 how many, or NULL for all. Columns: name, on_table, scans, bytes, unused
SELECT pg_catalog.format('%I.%I', s.schemaname, s.indexrelname) AS name, s.relname::text AS on_table,
       s.idx_scan AS scans, pg_catalog.pg_relation_size(s.indexrelid) AS bytes, s.idx_scan = 0 AS unused
FROM pg_catalog.pg_stat_user_indexes s
WHERE s.schemaname = 'auditproof'
   OR s.schemaname = 'public'
      AND s.relname IN ('performance_analytics', 'scheduled_reports', 'audit_logs', 'invoices', 'subscription_changes',
                        'usage_tracking', 'message_templates')
ORDER BY unused DESC, CASE WHEN s.idx_scan = 0 THEN pg_catalog.pg_relation_size(s.indexrelid) END DESC NULLS LAST,
         s.idx_scan DESC, name
LIMIT $1::bigint;
