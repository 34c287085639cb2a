-- Rows of audit_logs that no chain entry covers, counted: reads both tables.
-- Parameters: none. Columns: unchained, rows
SELECT pg_catalog.count(*) FILTER (WHERE e.log_id IS NULL) AS unchained, pg_catalog.count(*) AS rows
FROM public.audit_logs a
LEFT JOIN auditproof.chain_entry e
    ON e.chain_id = coalesce(a.organization_id, '00000000-0000-0000-0000-000000000000') AND e.log_id = a.id;
