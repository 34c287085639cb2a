-- The COPY statement that reads a part of one chain, in order, each entry with its row; equal numbers come in the order
-- of their storage. An entry whose row is there twice comes twice. A row of the entry's id in another chain, to which
-- that is not chained, has been moved there. From number 1 on, numbers below it come too.
-- Parameters: $1 chain id; $2, $3 first and last seq; $4 read rows through view auditproof.entry. Result: the statement.
SELECT pg_catalog.format(
    'COPY (SELECT e.chain_id, e.seq, e.log_id, e.recorded_at, e.content_hash, e.entry_hash, e.ctid,'
    ' t.id, t.organization_id, t.actor_id, t.actor_email, t.actor_role, t.action, t.resource_type,'
    ' t.resource_id, t.old_values, t.new_values, t.risk_level, t.ip_address, t.user_agent, t.metadata,'
    ' t.session_id, t.created_at, t.chain_salt, ea.commitment, eb.commitment, ec.commitment'
    ' FROM ONLY auditproof.chain_entry AS e'
    ' LEFT JOIN %5$s AS t ON t.id = e.log_id AND (coalesce(t.organization_id, %4$L) = e.chain_id'
    ' OR NOT EXISTS (SELECT FROM ONLY auditproof.chain_entry AS x'
    ' WHERE x.chain_id = coalesce(t.organization_id, %4$L) AND x.log_id = t.id))'
    ' LEFT JOIN auditproof.erasure AS ea ON ea.chain_id = coalesce(t.organization_id, %4$L) AND ea.log_id = t.id'
    ' AND ea."group" = ''account'''
    ' LEFT JOIN auditproof.erasure AS eb ON eb.chain_id = coalesce(t.organization_id, %4$L) AND eb.log_id = t.id'
    ' AND eb."group" = ''actor'''
    ' LEFT JOIN auditproof.erasure AS ec ON ec.chain_id = coalesce(t.organization_id, %4$L) AND ec.log_id = t.id'
    ' AND ec."group" = ''content'''
    ' WHERE e.chain_id = %1$L::pg_catalog.uuid%2$s AND e.seq <= %3$L::pg_catalog.int8'
    ' ORDER BY e.seq, e.ctid) TO STDOUT (FORMAT binary)',
    $1::pg_catalog.uuid,
    CASE WHEN $2::pg_catalog.int8 <= 1 THEN ''
         -- One entry before the first asked for: the link of the first is checked against it.
         ELSE pg_catalog.format(' AND e.seq >= %L::pg_catalog.int8', $2::pg_catalog.int8 - 1) END,
    $3::pg_catalog.int8, '00000000-0000-0000-0000-000000000000'::pg_catalog.uuid,
    CASE WHEN $4::pg_catalog.bool THEN 'auditproof.entry' ELSE 'public.audit_logs' END);
