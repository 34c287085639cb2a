-- The COPY statement that reads what a sample is drawn from: entries of a chain that were created in a period. One that
-- does not say when it was created counts by when it was recorded. The order does not matter to who draws.
-- Parameters: $1 chain id; $2, $3 from, and before, in microseconds since 1970; $4 entries that are sealed.
-- Result: the statement, whose columns are seq, entry hash, action.
SELECT pg_catalog.format(
    'COPY (SELECT e.seq, e.entry_hash, l.action FROM auditproof.entry AS l'
    ' JOIN auditproof.chain_entry AS e ON e.chain_id = %1$L::pg_catalog.uuid AND e.log_id = l.id'
    ' WHERE (l.organization_id = %1$L::pg_catalog.uuid'
    ' OR %1$L::pg_catalog.uuid = %5$L::pg_catalog.uuid AND l.organization_id IS NULL)'
    ' AND coalesce(l.created_at, e.recorded_at) >= %2$L::pg_catalog.timestamptz'
    ' AND coalesce(l.created_at, e.recorded_at) < %3$L::pg_catalog.timestamptz'
    ' AND e.seq <= %4$L::pg_catalog.int8) TO STDOUT (FORMAT binary)',
    $1::pg_catalog.uuid,
    'epoch'::pg_catalog.timestamptz + $2::pg_catalog.int8 * '1 microsecond'::pg_catalog.interval,
    'epoch'::pg_catalog.timestamptz + $3::pg_catalog.int8 * '1 microsecond'::pg_catalog.interval,
    $4::pg_catalog.int8, '00000000-0000-0000-0000-000000000000'::pg_catalog.uuid);
