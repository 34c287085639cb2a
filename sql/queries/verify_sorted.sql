-- The COPY statements that read both sides in order of log id, to be merged.
-- Parameters: $1 chain id or NULL for all; $2, $3 first and last seq or NULL; $4 read rows through view auditproof.entry.
-- Result: statement for chain entries, statement for rows.
WITH asked AS (
    SELECT $1::pg_catalog.uuid AS chain, $2::pg_catalog.int8 AS from_seq, $3::pg_catalog.int8 AS to_seq,
           '00000000-0000-0000-0000-000000000000'::pg_catalog.uuid AS nil
)
SELECT pg_catalog.format(
           'COPY (SELECT e.chain_id, e.seq, e.log_id, e.recorded_at, e.content_hash, e.entry_hash'
           ' FROM ONLY auditproof.chain_entry AS e%s ORDER BY e.log_id, e.chain_id, e.seq) TO STDOUT (FORMAT binary)',
           CASE WHEN a.chain IS NULL THEN ''
                ELSE pg_catalog.format(' WHERE e.chain_id = %L::pg_catalog.uuid AND e.seq >= %L::pg_catalog.int8'
                                       ' AND e.seq <= %L::pg_catalog.int8', a.chain, coalesce(a.from_seq, 1),
                                       coalesce(a.to_seq, 9223372036854775807)) END),
       pg_catalog.format(
           'COPY (SELECT t.id, t.organization_id, t.actor_id, t.actor_email, t.actor_role, t.action, t.resource_type,'
           ' t.resource_id, t.old_values, t.new_values, t.risk_level, t.ip_address, t.user_agent, t.metadata,'
           ' t.session_id, t.created_at, t.chain_salt, ea.commitment, eb.commitment, ec.commitment'
           ' FROM %4$s AS t'
           ' LEFT JOIN auditproof.erasure AS ea ON ea.chain_id = coalesce(t.organization_id, %1$L)'
           ' AND ea.log_id = t.id AND ea."group" = ''account'''
           ' LEFT JOIN auditproof.erasure AS eb ON eb.chain_id = coalesce(t.organization_id, %1$L)'
           ' AND eb.log_id = t.id AND eb."group" = ''actor'''
           ' LEFT JOIN auditproof.erasure AS ec ON ec.chain_id = coalesce(t.organization_id, %1$L)'
           ' AND ec.log_id = t.id AND ec."group" = ''content'''
           ' WHERE true%2$s%3$s ORDER BY t.id) TO STDOUT (FORMAT binary)',
           a.nil,
           CASE WHEN a.chain IS NULL THEN ''
                WHEN a.chain = a.nil THEN
                    pg_catalog.format(' AND (t.organization_id IS NULL OR t.organization_id = %L::pg_catalog.uuid)', a.nil)
                ELSE pg_catalog.format(' AND t.organization_id = %L::pg_catalog.uuid', a.chain) END,
           CASE WHEN a.from_seq IS NULL AND a.to_seq IS NULL THEN ''
                ELSE pg_catalog.format(
                    ' AND EXISTS (SELECT FROM auditproof.chain_entry AS e WHERE e.log_id = t.id'
                    ' AND e.chain_id = %L::pg_catalog.uuid'
                    ' AND e.seq >= %L::pg_catalog.int8 AND e.seq <= %L::pg_catalog.int8)',
                    a.chain, coalesce(a.from_seq, 1), coalesce(a.to_seq, 9223372036854775807)) END,
           CASE WHEN $4::pg_catalog.bool THEN 'auditproof.entry' ELSE 'public.audit_logs' END)
FROM asked AS a;
