-- The tables that retention is about: their size, and what a month adds. Rows as the planner estimates them.
-- Parameters: none. Columns: table, rows, bytes, rows of the last 30 days, what these take; NULL where it cannot be told.
WITH sizes AS (
    SELECT t.name, pg_catalog.sum(pg_catalog.pg_total_relation_size(c.oid)) AS bytes,
           CASE WHEN pg_catalog.min(c.reltuples) FILTER (WHERE c.relkind = 'r') >= 0
                THEN pg_catalog.sum(c.reltuples) FILTER (WHERE c.relkind = 'r') END AS rows
    FROM (VALUES ('public.audit_logs'), ('auditproof.chain_entry'), ('public.performance_analytics')) AS t(name)
    CROSS JOIN LATERAL (SELECT p.relid AS oid FROM pg_catalog.pg_partition_tree(pg_catalog.to_regclass(t.name)) AS p
                        UNION SELECT pg_catalog.to_regclass(t.name)::pg_catalog.oid) AS m
    JOIN pg_catalog.pg_class AS c ON c.oid = m.oid
    GROUP BY t.name
), heads AS (
    SELECT c.chain_id, e.seq FROM auditproof.chain AS c
    CROSS JOIN LATERAL (SELECT x.seq FROM auditproof.chain_entry AS x WHERE x.chain_id = c.chain_id
                        ORDER BY x.seq DESC LIMIT 1) AS e
), added AS (
    SELECT 'entries' AS of, pg_catalog.count(*) AS rows
    FROM auditproof.entry AS l WHERE l.created_at >= pg_catalog.now() - interval '30 days'
    UNION ALL
    SELECT 'metrics', pg_catalog.sum(r.month_rows)::pg_catalog.int8 FROM auditproof.rows_due(NULL, 0) AS r
)
SELECT s.name, s.rows::pg_catalog.int8, s.bytes::pg_catalog.int8, a.rows AS month_rows,
       (s.bytes::pg_catalog.float8 / GREATEST(s.rows, a.rows, 1) * a.rows)::pg_catalog.int8 AS month_bytes
FROM sizes AS s
JOIN added AS a ON a.of = CASE s.name WHEN 'public.performance_analytics' THEN 'metrics' ELSE 'entries' END
ORDER BY s.name COLLATE "C" DESC;
