-- Whom row level security applies to becomes auditproof_auditor for the transaction, being a member of it, where that role
-- is exempt (which members do not inherit) or its privileges are not inherited either. Everyone else stays who he is.
-- Parameters: none. Result: the role taken or NULL; whether policies still apply, so that rows are read through the view.
SELECT CASE WHEN p.takes THEN pg_catalog.set_config('role', p.rolname, true) END,
       p.applies AND NOT (p.takes AND p.rolbypassrls)
FROM (SELECT a.applies, r.rolname, r.rolbypassrls,
             a.applies AND r.rolname IS NOT NULL AND pg_catalog.pg_has_role(r.oid, 'MEMBER')
             AND (r.rolbypassrls OR NOT pg_catalog.pg_has_role(r.oid, 'USAGE')) AS takes
      FROM (SELECT pg_catalog.row_security_active(pg_catalog.to_regclass('public.audit_logs'))) AS a(applies)
      LEFT JOIN pg_catalog.pg_roles AS r ON r.rolname = 'auditproof_auditor') AS p;
