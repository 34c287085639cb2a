-- Retention periods that were set in a period, the platform's and the tenant's own.
-- Parameters: $1 chain; $2, $3 from, and before, in microseconds since 1970; $4 at most so many.
-- Columns: set at in microseconds since 1970, whose, table, period, version, basis, jurisdiction, approved by, set by, seq of the
-- entry that tells of it, whether that is in the system chain, its id, how many there are.
SELECT (EXTRACT(epoch FROM p.set_at) * 1000000)::pg_catalog.int8,
       CASE WHEN p.chain_id = '00000000-0000-0000-0000-000000000000' THEN 'platform' ELSE 'organization' END, p.table_name,
       p.period || ' ' || p.unit, p.version, p.basis, p.jurisdiction, p.approver, p.set_by, e.seq,
       p.chain_id = '00000000-0000-0000-0000-000000000000', p.authorised_by, pg_catalog.count(*) OVER ()
FROM auditproof.retention_policy AS p
LEFT JOIN auditproof.chain_entry AS e ON e.chain_id = p.chain_id AND e.log_id = p.authorised_by
WHERE p.chain_id IN ($1::pg_catalog.uuid, '00000000-0000-0000-0000-000000000000')
  AND p.set_at >= 'epoch'::pg_catalog.timestamptz + $2::pg_catalog.int8 * '1 microsecond'::pg_catalog.interval
  AND p.set_at < 'epoch'::pg_catalog.timestamptz + $3::pg_catalog.int8 * '1 microsecond'::pg_catalog.interval
ORDER BY p.set_at, p.chain_id, p.table_name, p.version
LIMIT $4::pg_catalog.int8
