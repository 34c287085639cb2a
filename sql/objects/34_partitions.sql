-- Every partition that audit_logs and performance_analytics have.
SELECT auditproof.protect_partition(p.relid)
  FROM pg_catalog.unnest('{public.audit_logs,public.performance_analytics}'::pg_catalog.regclass[]) AS t (relid),
       pg_catalog.pg_partition_tree(t.relid) p
 WHERE p.relid OPERATOR(pg_catalog.<>) t.relid;
