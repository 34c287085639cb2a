-- Tell, in the system chain, that a table is partitioned now.
-- Parameters: $1 the table's name
INSERT INTO public.audit_logs (actor_role, action, resource_type, risk_level, metadata)
SELECT session_user, 'audit.table_partitioned', 'table', 'medium',
       pg_catalog.jsonb_build_object('table', $1::text, 'partitions', pg_catalog.count(*))
FROM auditproof.partition_list(pg_catalog.to_regclass('public.' || $1));
