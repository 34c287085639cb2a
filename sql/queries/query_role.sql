-- Whoever may be auditproof_auditor, and to whom row level security applies, becomes that for the session where the role
-- is exempt (which members do not inherit) or its privileges are not inherited.
-- Parameters: none. Result: the role taken, or NULL.
SELECT pg_catalog.set_config('role', r.rolname, false)
FROM pg_catalog.pg_roles AS r
WHERE r.rolname = 'auditproof_auditor'
  AND pg_catalog.row_security_active(pg_catalog.to_regclass('public.audit_logs'))
  AND pg_catalog.pg_has_role(r.oid, 'MEMBER')
  AND (r.rolbypassrls OR NOT pg_catalog.pg_has_role(r.oid, 'USAGE'))
