-- The COPY statement that reads the rows which no chain entry covers, among those with ids in the given ranges and those
-- created since a time.
-- Parameters: $1 first ids of the ranges; $2 the ids at which they end, exclusive, NULL for no end; $3 microseconds since
--             1970, or NULL for all rows; $4 read rows through view auditproof.entry. Result: the statement.
SELECT pg_catalog.format(
    'COPY (SELECT t.id, t.organization_id, t.actor_id, t.actor_email, t.actor_role, t.action, t.resource_type,'
    ' t.resource_id, t.old_values, t.new_values, t.risk_level, t.ip_address, t.user_agent, t.metadata,'
    ' t.session_id, t.created_at, t.chain_salt, NULL::pg_catalog.bytea, NULL::pg_catalog.bytea, NULL::pg_catalog.bytea'
    ' FROM %1$s AS t'
    ' WHERE (%2$s)'
    ' AND NOT EXISTS (SELECT FROM ONLY auditproof.chain_entry AS e'
    ' WHERE e.chain_id = coalesce(t.organization_id, %3$L) AND e.log_id = t.id'
    ' AND e.log_id::pg_catalog.text = t.id::pg_catalog.text)) TO STDOUT (FORMAT binary)',
    CASE WHEN $4::pg_catalog.bool THEN 'auditproof.entry' ELSE 'public.audit_logs' END,
    CASE WHEN $3::pg_catalog.int8 IS NULL THEN 'true'
         ELSE pg_catalog.format('t.created_at >= %L::pg_catalog.timestamptz',
                                pg_catalog.to_timestamp($3::pg_catalog.int8 / 1000000.0))
              || (SELECT pg_catalog.string_agg(
                      pg_catalog.format(' OR t.id >= %L::pg_catalog.uuid', r.first)
                      || CASE WHEN r.after IS NULL THEN ''
                              ELSE pg_catalog.format(' AND t.id < %L::pg_catalog.uuid', r.after) END, '')
                  FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.uuid[]), pg_catalog.unnest($2::pg_catalog.uuid[]))
                           AS r(first, after)) END,
    '00000000-0000-0000-0000-000000000000'::pg_catalog.uuid);
