-- How much of audit_logs is chained, by estimate: entries as the heads of the chains say, rows as the planner does.
-- Parameters: none. Columns: chains, entries, rows (NULL before the first ANALYZE), statistics_since
SELECT pg_catalog.count(*) AS chains, coalesce(pg_catalog.sum(e.seq), 0)::bigint AS entries,
       (SELECT CASE WHEN pg_catalog.min(c.reltuples) >= 0 THEN pg_catalog.sum(c.reltuples)::bigint END
        FROM pg_catalog.pg_class c
        WHERE c.relkind = 'r'
          AND (c.oid = pg_catalog.to_regclass('public.audit_logs')
               OR c.oid IN (SELECT p.relid FROM pg_catalog.pg_partition_tree(pg_catalog.to_regclass('public.audit_logs')) p))
       ) AS rows,
       (SELECT pg_catalog.to_char(d.stats_reset AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
        FROM pg_catalog.pg_stat_database d WHERE d.datname = pg_catalog.current_database()) AS statistics_since
FROM auditproof.chain c
CROSS JOIN LATERAL (SELECT x.seq FROM auditproof.chain_entry x
                    WHERE x.chain_id = c.chain_id ORDER BY x.seq DESC LIMIT 1) e;
