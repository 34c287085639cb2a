-- A member of auditproof_auditor to whom row level security applies becomes that role for the transaction, if it is
-- exempt: exemption is not inherited. Everyone else stays who he is.
-- Parameters: none. Result: the role taken; no row when none was.
SELECT pg_catalog.set_config('role', r.rolname, true)
FROM pg_catalog.pg_roles AS r
WHERE r.rolname = 'auditproof_auditor' AND r.rolbypassrls
  AND pg_catalog.pg_has_role(r.oid, 'MEMBER')
  AND pg_catalog.row_security_active(pg_catalog.to_regclass('public.audit_logs'));
