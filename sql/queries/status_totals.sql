-- How much of audit_logs is chained, by estimate: entries as the heads of the chains say, rows as the planner does. What
-- the planner says is of no use before the first ANALYZE, nor when it is a tenth below what was chained and is not purged.
-- Parameters: none. Columns: chains, entries, purged, rows (or NULL), statistics_since
WITH chained AS (
    SELECT pg_catalog.count(*) AS chains, coalesce(pg_catalog.sum(e.seq), 0)::bigint AS entries,
           (SELECT coalesce(pg_catalog.sum(p.entries), 0)::bigint FROM auditproof.purge p) AS purged
    FROM auditproof.chain c
    CROSS JOIN LATERAL (SELECT x.seq FROM auditproof.chain_entry x
                        WHERE x.chain_id = c.chain_id ORDER BY x.seq DESC LIMIT 1) e
), estimated AS (
    SELECT CASE WHEN pg_catalog.min(c.reltuples) >= 0 THEN pg_catalog.sum(c.reltuples)::bigint END AS rows
    FROM pg_catalog.pg_class c
    WHERE c.relkind = 'r'
      AND (c.oid = pg_catalog.to_regclass('public.audit_logs')
           OR c.oid IN (SELECT p.relid FROM pg_catalog.pg_partition_tree(pg_catalog.to_regclass('public.audit_logs')) p))
)
SELECT c.chains, c.entries, c.purged,
       CASE WHEN e.rows >= (c.entries - c.purged) * 0.9 THEN e.rows END AS rows,
       (SELECT pg_catalog.to_char(d.stats_reset AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
        FROM pg_catalog.pg_stat_database d WHERE d.datname = pg_catalog.current_database()) AS statistics_since
FROM chained c CROSS JOIN estimated e;
