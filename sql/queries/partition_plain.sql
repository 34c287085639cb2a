-- The tables that can be partitioned and are not.
-- Parameters: none. Columns: name
SELECT c.relname
FROM pg_catalog.unnest(ARRAY['public.audit_logs', 'public.performance_analytics']) AS t(name)
JOIN pg_catalog.pg_class c ON c.oid = pg_catalog.to_regclass(t.name)
WHERE c.relkind <> 'p';
