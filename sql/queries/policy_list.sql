-- Retention policies, the platform's first. Where the platform has set none, what it has is version 0.
-- Parameters: $1 those of a tenant's chain and of the platform only, or NULL; $2 earlier versions, too.
-- Columns: chain (NULL for the platform), table, class, period, version, basis, jurisdiction, approver, set by, set at, in force.
WITH given AS (
    SELECT p.chain_id, p.table_name, p.class, p.period, p.unit, p.version, p.basis, p.jurisdiction, p.approver, p.set_by,
           p.set_at,
           p.version = pg_catalog.max(p.version) OVER (PARTITION BY p.chain_id, p.table_name) AS in_force
    FROM auditproof.retention_policy AS p
    WHERE $1::pg_catalog.uuid IS NULL OR p.chain_id IN ($1::pg_catalog.uuid, '00000000-0000-0000-0000-000000000000')
), built_in AS (
    SELECT '00000000-0000-0000-0000-000000000000'::pg_catalog.uuid AS chain_id, d.*, NULL::pg_catalog.text AS basis,
           NULL::pg_catalog.text AS jurisdiction, NULL::pg_catalog.text AS approver, NULL::pg_catalog.text AS set_by,
           NULL::pg_catalog.timestamptz AS set_at, true AS in_force
    FROM (VALUES ('audit_logs', 'audit', 7, 'years', 0), ('performance_analytics', 'telemetry', 90, 'days', 0))
        AS d (table_name, class, period, unit, version)
    WHERE NOT EXISTS (SELECT FROM given AS g
                      WHERE g.chain_id = '00000000-0000-0000-0000-000000000000' AND g.table_name = d.table_name)
)
SELECT NULLIF(a.chain_id, '00000000-0000-0000-0000-000000000000') AS chain, a.table_name, a.class,
       a.period || ' ' || a.unit AS period, a.version, a.basis, a.jurisdiction, a.approver, a.set_by,
       pg_catalog.to_char(a.set_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS set_at, a.in_force
FROM (SELECT * FROM given UNION ALL SELECT * FROM built_in) AS a
WHERE a.in_force OR $2::pg_catalog.bool
ORDER BY a.chain_id, a.table_name, a.version;
