-- Retention policies that were set by a checkpoint's time, of the platform and of a chain. Before the first of them what is
-- kept is seven years.
-- Parameters: $1 chain id; $2 as of, in microseconds since 1970.
-- Result: whose, table, class, period, version, basis, jurisdiction, approver, set at in microseconds since 1970, the entry that
-- tells of it.
SELECT CASE WHEN p.chain_id = '00000000-0000-0000-0000-000000000000' THEN 'platform' ELSE 'organization' END, p.table_name,
       p.class, p.period || ' ' || p.unit, p.version, p.basis, p.jurisdiction, p.approver,
       (EXTRACT(epoch FROM p.set_at) * 1000000)::pg_catalog.int8, p.authorised_by
FROM auditproof.retention_policy AS p
WHERE p.chain_id IN ($1::pg_catalog.uuid, '00000000-0000-0000-0000-000000000000')
  AND p.set_at <= 'epoch'::pg_catalog.timestamptz + $2::pg_catalog.int8 * '1 microsecond'::pg_catalog.interval
ORDER BY p.chain_id, p.table_name, p.version;
