-- Row 0 is not a migration: it says which version's objects stand in the database, and their SHA-256.
INSERT INTO auditproof.migration AS m (number, name, sha256, applied_at, applied_by, version)
VALUES (0, 'objects', pg_catalog.decode(:'sha256', 'hex'), pg_catalog.now(), session_user,
        pg_catalog.current_setting('auditproof.version'))
ON CONFLICT (number) DO UPDATE
SET sha256 = excluded.sha256, applied_at = excluded.applied_at, applied_by = excluded.applied_by, version = excluded.version
WHERE (m.sha256, m.version) IS DISTINCT FROM (excluded.sha256, excluded.version);
