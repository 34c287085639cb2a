-- The next statement that makes an index that searches need (audit-schema(5), Indexes), and which it is; nothing when all are
-- there. At once: where audit_logs is so small that nobody waits for it. Else beside those who write, and then a statement
-- stands for itself, in no transaction: an index that was left half-made is dropped first, and a partitioned table has its
-- index put together from those of its partitions.
CREATE OR REPLACE FUNCTION auditproof.index_step(at_once boolean) RETURNS TABLE (index text, statement text)
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $body$
WITH wanted (rank, what, index, def) AS (
    SELECT w.rank, w.what, 'auditproof_' || w.what, w.def
    FROM (VALUES (1, 'search', '(organization_id, created_at, id, action, actor_id, resource_type, resource_id, '
                               'risk_level, ip_address)'),
                 (2, 'session_id', '(session_id) WHERE octet_length(session_id) <= 200'),
                 (3, 'actor_email', '(organization_id, actor_email) WHERE octet_length(actor_email) <= 320')
         ) AS w (rank, what, def)
), made AS (
    SELECT w.*, c.relkind = 'p' AS parted, i.indexrelid AS oid, i.indisvalid AND i.indisready AS usable
    FROM wanted w
    JOIN pg_class c ON c.oid = to_regclass('public.audit_logs')
    LEFT JOIN pg_index i ON i.indexrelid = to_regclass('public.' || w.index)
), part AS (
    SELECT m.*, t.relid, left(c.relname, 62 - length(m.what)) || '_' || m.what AS own
    FROM made m
    CROSS JOIN pg_partition_tree('public.audit_logs') AS t
    JOIN pg_class c ON c.oid = t.relid
    WHERE m.parted AND NOT m.usable AND t.level = 1
      AND NOT EXISTS (SELECT FROM pg_inherits h JOIN pg_index i ON i.indexrelid = h.inhrelid
                      WHERE h.inhparent = m.oid AND i.indrelid = t.relid)
), small (is_so) AS (
    SELECT pg_relation_size('public.audit_logs') + coalesce(sum(pg_relation_size(t.relid)), 0) < 67108864
    FROM pg_partition_tree('public.audit_logs') AS t WHERE t.isleaf
)
SELECT s.index, s.statement
FROM (SELECT m.rank, '' AS of, m.index, format('CREATE INDEX %I ON public.audit_logs %s', m.index, m.def) AS statement
      FROM made m, small WHERE at_once AND small.is_so AND m.oid IS NULL
      UNION ALL
      SELECT m.rank, '', m.index,
             CASE WHEN m.oid IS NOT NULL THEN format('DROP INDEX CONCURRENTLY public.%I', m.index)
                  WHEN m.parted THEN format('CREATE INDEX %I ON ONLY public.audit_logs %s', m.index, m.def)
                  ELSE format('CREATE INDEX CONCURRENTLY %I ON public.audit_logs %s', m.index, m.def) END
      FROM made m WHERE NOT at_once AND (m.oid IS NULL OR NOT m.parted AND NOT m.usable)
      UNION ALL
      SELECT p.rank, p.own, p.index,
             CASE WHEN i.indexrelid IS NULL THEN format('CREATE INDEX CONCURRENTLY %I ON %s %s', p.own, p.relid::regclass, p.def)
                  WHEN NOT i.indisvalid THEN format('DROP INDEX CONCURRENTLY public.%I', p.own)
                  ELSE format('ALTER INDEX public.%I ATTACH PARTITION public.%I', p.index, p.own) END
      FROM part p LEFT JOIN pg_index i ON i.indexrelid = to_regclass(format('public.%I', p.own))
      WHERE NOT at_once) AS s
ORDER BY s.rank, s.of
LIMIT 1
$body$;
