-- The COPY statements that together read everything to be verified, each for one connection.
-- A table is split into ranges of ctid only where that costs the server's cache nothing: a range scan does not use the
-- ring that keeps a large sequential scan from evicting everything else, but neither does the scan of a table smaller
-- than a quarter of shared_buffers.
-- Parameters: $1 chain id or NULL for all; $2, $3 first and last seq or NULL; $4 number of connections;
--             $5 'auto', 'always' or 'never': split tables by ctid; $6 read rows through view auditproof.entry, which
--             cannot be split. Nor can public.audit_logs be where it is partitioned: it is read as one by who may read it
--             and not each of its partitions.
-- Result: kind ('entries' or 'rows'), statement, columns, estimated rows. Largest first.
WITH asked AS (
    SELECT $1::pg_catalog.uuid AS chain, $2::pg_catalog.int8 AS from_seq, $3::pg_catalog.int8 AS to_seq,
           $4::pg_catalog.int4 AS connections, $5::pg_catalog.text AS split,
           '00000000-0000-0000-0000-000000000000'::pg_catalog.uuid AS nil,
           EXISTS (SELECT FROM auditproof.erasure) AS erasures,
           pg_catalog.current_setting('block_size')::pg_catalog.int8 AS block,
           (SELECT s.setting::pg_catalog.int8 FROM pg_catalog.pg_settings AS s
            WHERE s.name = 'shared_buffers') AS buffers,
           CASE WHEN $6::pg_catalog.bool THEN 'auditproof'
                WHEN EXISTS (SELECT FROM pg_catalog.pg_partition_tree('public.audit_logs'::pg_catalog.regclass) AS t
                             WHERE t.isleaf AND NOT pg_catalog.has_table_privilege(t.relid, 'SELECT')) THEN 'public'
           END AS whole
), stored AS (
    SELECT 'entries' AS kind, 'auditproof.chain_entry'::pg_catalog.regclass::pg_catalog.oid AS oid
    UNION ALL
    SELECT 'rows', t.relid
    FROM pg_catalog.pg_partition_tree('public.audit_logs'::pg_catalog.regclass) AS t
    WHERE t.isleaf
    UNION ALL
    SELECT 'rows', c.oid
    FROM pg_catalog.pg_class AS c
    WHERE c.oid = 'public.audit_logs'::pg_catalog.regclass AND c.relkind = 'r'
), measured AS (
    SELECT r.kind, n.nspname, c.relname, GREATEST(c.reltuples, 0)::pg_catalog.float8 AS tuples,
           pg_catalog.pg_relation_size(c.oid) / a.block AS pages,
           CASE WHEN r.kind = 'rows' THEN a.whole END AS whole
    FROM stored AS r
    JOIN pg_catalog.pg_class AS c ON c.oid = r.oid
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    CROSS JOIN asked AS a
), sized AS (
    SELECT m.kind, 'ONLY' AS only, m.nspname, m.relname, m.tuples, m.pages
    FROM measured AS m
    WHERE m.whole IS NULL
    UNION ALL
    SELECT 'rows', '', m.whole, CASE m.whole WHEN 'auditproof' THEN 'entry' ELSE 'audit_logs' END,
           pg_catalog.sum(m.tuples), pg_catalog.sum(m.pages)::pg_catalog.int8
    FROM measured AS m
    WHERE m.whole IS NOT NULL
    GROUP BY m.whole
), pieces AS (
    SELECT s.*,
           CASE WHEN a.connections = 1 OR s.only = '' OR a.from_seq IS NOT NULL OR a.to_seq IS NOT NULL THEN 1
                WHEN a.split = 'always' THEN LEAST(8 * a.connections, GREATEST(s.pages, 1))
                WHEN a.split = 'auto' AND s.pages > 64 AND s.pages < a.buffers / 4
                THEN LEAST(8 * a.connections, s.pages / 16) ELSE 1 END::pg_catalog.int8 AS count
    FROM sized AS s CROSS JOIN asked AS a
), ranges AS (
    SELECT p.*, CASE WHEN p.count = 1 THEN ''
                     ELSE pg_catalog.format(' AND t.ctid >= ''(%s,0)''::pg_catalog.tid', p.pages * i / p.count)
                          || CASE WHEN i = p.count - 1 THEN ''
                                  ELSE pg_catalog.format(' AND t.ctid < ''(%s,0)''::pg_catalog.tid',
                                                         p.pages * (i + 1) / p.count) END END AS within
    FROM pieces AS p, LATERAL pg_catalog.generate_series(0, p.count - 1) AS i
), lists AS (
    SELECT 'chain_id, seq, log_id, recorded_at, content_hash, entry_hash' AS entry_columns,
           'id, organization_id, actor_id, actor_email, actor_role, action, resource_type, resource_id, old_values, '
           'new_values, risk_level, ip_address, user_agent, metadata, session_id, created_at, chain_salt' AS row_columns
), statements AS (
    SELECT r.kind, r.pages, r.tuples / r.count AS tuples,
           CASE
               WHEN r.kind = 'entries' AND r.within = '' AND a.chain IS NULL THEN
                   pg_catalog.format('COPY %I.%I (%s) TO STDOUT (FORMAT binary)', r.nspname, r.relname, l.entry_columns)
               WHEN r.kind = 'entries' THEN
                   pg_catalog.format('COPY (SELECT %s FROM ONLY %I.%I AS t WHERE true%s%s%s%s) TO STDOUT (FORMAT binary)',
                       l.entry_columns, r.nspname, r.relname, r.within,
                       CASE WHEN a.chain IS NULL THEN ''
                            ELSE pg_catalog.format(' AND t.chain_id = %L::pg_catalog.uuid', a.chain) END,
                       -- One entry before the first asked for: the link of the first is checked against it.
                       CASE WHEN a.from_seq IS NULL THEN ''
                            ELSE pg_catalog.format(' AND t.seq >= %L::pg_catalog.int8', a.from_seq - 1) END,
                       CASE WHEN a.to_seq IS NULL THEN ''
                            ELSE pg_catalog.format(' AND t.seq <= %L::pg_catalog.int8', a.to_seq) END)
               WHEN r.within = '' AND a.chain IS NULL AND NOT a.erasures AND r.only = 'ONLY' THEN
                   pg_catalog.format('COPY %I.%I (%s) TO STDOUT (FORMAT binary)', r.nspname, r.relname, l.row_columns)
               ELSE
                   pg_catalog.format('COPY (SELECT t.%s%s FROM %s %I.%I AS t%s WHERE true%s%s%s) TO STDOUT (FORMAT binary)',
                       pg_catalog.replace(l.row_columns, ', ', ', t.'),
                       CASE WHEN a.erasures THEN ', ea.commitment, eb.commitment, ec.commitment' ELSE '' END,
                       r.only, r.nspname, r.relname,
                       CASE WHEN a.erasures THEN
                           pg_catalog.format(
                               ' LEFT JOIN auditproof.erasure AS ea ON ea.chain_id = coalesce(t.organization_id, %1$L)'
                               ' AND ea.log_id = t.id AND ea."group" = ''account'''
                               ' LEFT JOIN auditproof.erasure AS eb ON eb.chain_id = coalesce(t.organization_id, %1$L)'
                               ' AND eb.log_id = t.id AND eb."group" = ''actor'''
                               ' LEFT JOIN auditproof.erasure AS ec ON ec.chain_id = coalesce(t.organization_id, %1$L)'
                               ' AND ec.log_id = t.id AND ec."group" = ''content''', a.nil) ELSE '' END,
                       CASE WHEN a.from_seq IS NULL AND a.to_seq IS NULL THEN ''
                            ELSE pg_catalog.format(
                               ' AND EXISTS (SELECT FROM auditproof.chain_entry AS e WHERE e.log_id = t.id'
                               ' AND e.chain_id = %L::pg_catalog.uuid'
                               ' AND e.seq >= %L::pg_catalog.int8 AND e.seq <= %L::pg_catalog.int8)',
                               a.chain, coalesce(a.from_seq, 1), coalesce(a.to_seq, 9223372036854775807)) END,
                       r.within,
                       CASE WHEN a.chain IS NULL THEN ''
                            WHEN a.chain = a.nil THEN
                                pg_catalog.format(' AND (t.organization_id IS NULL OR t.organization_id = %L::pg_catalog.uuid)', a.nil)
                            ELSE pg_catalog.format(' AND t.organization_id = %L::pg_catalog.uuid', a.chain) END)
           END AS statement,
           CASE WHEN r.kind = 'entries' THEN 6 WHEN a.erasures THEN 20 ELSE 17 END AS columns
    FROM ranges AS r CROSS JOIN asked AS a CROSS JOIN lists AS l
)
SELECT s.kind, s.statement, s.columns, s.tuples::pg_catalog.int8
FROM statements AS s
ORDER BY s.kind = 'rows' DESC, s.tuples DESC, s.statement;
