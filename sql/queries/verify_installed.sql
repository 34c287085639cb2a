-- When auditproof was installed: it tells databases apart, and stays through dump and restore.
-- Parameters: none. Result: microseconds since 1970.
SELECT (EXTRACT(epoch FROM pg_catalog.min(m.applied_at)) * 1000000)::pg_catalog.int8
FROM auditproof.migration AS m
WHERE m.number > 0 AND pg_catalog.isfinite(m.applied_at);
