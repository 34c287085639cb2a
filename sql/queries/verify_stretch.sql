-- The COPY statement that reads a stretch of one chain with its rows, in order.
-- Parameters: $1 chain id; $2, $3 first and last seq. Result: the statement.
SELECT pg_catalog.format(
    'COPY (SELECT e.chain_id, e.seq, e.log_id, e.recorded_at, e.content_hash, e.entry_hash,'
    ' t.id, t.organization_id, t.actor_id, t.actor_email, t.actor_role, t.action, t.resource_type,'
    ' t.resource_id, t.old_values, t.new_values, t.risk_level, t.ip_address, t.user_agent, t.metadata,'
    ' t.session_id, t.created_at, t.chain_salt, ea.commitment, eb.commitment, ec.commitment'
    ' FROM ONLY auditproof.chain_entry AS e'
    ' LEFT JOIN auditproof.entry AS t ON t.id = e.log_id AND coalesce(t.organization_id, %4$L) = e.chain_id'
    ' LEFT JOIN auditproof.erasure AS ea ON ea.chain_id = e.chain_id AND ea.log_id = e.log_id AND ea."group" = ''account'''
    ' LEFT JOIN auditproof.erasure AS eb ON eb.chain_id = e.chain_id AND eb.log_id = e.log_id AND eb."group" = ''actor'''
    ' LEFT JOIN auditproof.erasure AS ec ON ec.chain_id = e.chain_id AND ec.log_id = e.log_id AND ec."group" = ''content'''
    ' WHERE e.chain_id = %1$L::pg_catalog.uuid AND e.seq >= %2$L::pg_catalog.int8 AND e.seq <= %3$L::pg_catalog.int8'
    ' ORDER BY e.seq, e.ctid) TO STDOUT (FORMAT binary)',
    $1::pg_catalog.uuid, $2::pg_catalog.int8, $3::pg_catalog.int8,
    '00000000-0000-0000-0000-000000000000'::pg_catalog.uuid);
