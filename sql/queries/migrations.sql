-- What was installed, by whom. Row 0 is the objects (sql/install/record.sql).
-- Parameters: none.
-- Columns: number, name, sha256 (hex), version, applied_by, applied_at, superuser (is that role one now?)
SELECT m.number, m.name, pg_catalog.encode(m.sha256, 'hex') AS sha256, m.version, m.applied_by,
       pg_catalog.to_char(m.applied_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS applied_at,
       coalesce(r.rolsuper, false) AS superuser
FROM auditproof.migration m LEFT JOIN pg_catalog.pg_roles r ON r.rolname = m.applied_by
ORDER BY m.number;
