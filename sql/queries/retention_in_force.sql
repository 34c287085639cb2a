-- Retention policies in force: the newest of each table, the platform's and the tenant's own. Where the platform has set
-- none, what it has is version 0.
-- Parameters: $1 chain.
-- Columns: whose, table, class, period, version, basis, jurisdiction, approver, set by, set at in microseconds since 1970, seq
-- of the entry that tells of it (of the platform's, in the system chain), its id.
WITH given AS (
    SELECT DISTINCT ON (p.chain_id, p.table_name) p.*
    FROM auditproof.retention_policy AS p
    WHERE p.chain_id IN ($1::pg_catalog.uuid, '00000000-0000-0000-0000-000000000000')
    ORDER BY p.chain_id, p.table_name, p.version DESC
)
SELECT CASE WHEN g.chain_id = '00000000-0000-0000-0000-000000000000' THEN 'platform' ELSE 'organization' END AS whose,
       g.table_name, g.class, g.period || ' ' || g.unit, g.version, g.basis, g.jurisdiction, g.approver, g.set_by,
       (EXTRACT(epoch FROM g.set_at) * 1000000)::pg_catalog.int8, e.seq, g.authorised_by
FROM given AS g
LEFT JOIN auditproof.chain_entry AS e
    ON e.log_id = g.authorised_by AND e.chain_id IN (g.chain_id, '00000000-0000-0000-0000-000000000000')
UNION ALL
SELECT 'platform', d.table_name, d.class, d.period, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM (VALUES ('audit_logs', 'audit', '7 years'), ('performance_analytics', 'telemetry', '90 days'))
    AS d (table_name, class, period)
WHERE NOT EXISTS (SELECT FROM given AS g
                  WHERE g.chain_id = '00000000-0000-0000-0000-000000000000' AND g.table_name = d.table_name)
ORDER BY 2, 1 DESC
