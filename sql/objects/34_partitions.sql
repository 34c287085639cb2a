-- Every partition that audit_logs has.
SELECT auditproof.protect_partition(p.relid)
  FROM pg_catalog.pg_partition_tree('public.audit_logs') p
 WHERE p.relid OPERATOR(pg_catalog.<>) 'public.audit_logs'::pg_catalog.regclass;
