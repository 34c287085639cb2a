-- The statement that grants one of auditproof's roles to a login, or takes it back, and what speaks against it.
-- Parameters: $1 role, $2 the other role, $3 'grant' or 'revoke'
-- Columns: statement, refusal (or NULL), warning (or NULL), changes (is there anything to do?)
SELECT CASE $3 WHEN 'grant' THEN pg_catalog.format('GRANT %I TO %I', $1::text, $2::text)
       ELSE pg_catalog.format('REVOKE %I FROM %I', $1::text, $2::text) END AS statement,
       CASE
       WHEN $1 NOT IN ('auditproof_writer', 'auditproof_auditor', 'auditproof_sealer', 'auditproof_retainer',
                       'auditproof_approver', 'auditproof_classifier', 'auditproof_exporter', 'auditproof_scheduler')
           THEN pg_catalog.format('%I is none of auditproof''s roles that people get: see auditmigrate roles', $1::text)
       WHEN r.oid IS NULL THEN pg_catalog.format('role %I is missing: run auditmigrate install', $1::text)
       WHEN m.oid IS NULL THEN pg_catalog.format('there is no role %I on this server', $2::text)
       WHEN $3 = 'grant' AND $2 IN ('anon', 'authenticated', 'authenticator', 'service_role')
           THEN pg_catalog.format('%I is the application''s own role: whoever uses the application would get %I',
                                  $2::text, $1::text)
       END AS refusal,
       CASE
       WHEN $3 = 'grant' AND m.rolsuper
           THEN pg_catalog.format('%I is a superuser and may do all of it already', $2::text)
       WHEN $3 = 'grant' AND o.oid IS NOT NULL AND pg_catalog.pg_has_role(m.oid, o.oid, 'MEMBER')
           THEN pg_catalog.format('%I has %I as well: the same person would propose and approve', $2::text,
                                  o.rolname::text)
       END AS warning,
       EXISTS (SELECT FROM pg_catalog.pg_auth_members a WHERE a.roleid = r.oid AND a.member = m.oid)
           IS DISTINCT FROM ($3 = 'grant') AS changes
FROM (SELECT) AS one
LEFT JOIN pg_catalog.pg_roles r ON r.rolname = $1
LEFT JOIN pg_catalog.pg_roles m ON m.rolname = $2
LEFT JOIN pg_catalog.pg_roles o
    ON o.rolname = CASE $1 WHEN 'auditproof_retainer' THEN 'auditproof_approver'
                   WHEN 'auditproof_approver' THEN 'auditproof_retainer' END;
