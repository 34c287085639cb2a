-- auditproof's roles, what each may do as things are, and who is a direct member.
-- Parameters: none. Columns: role, there, may, members
SELECT o.role, r.oid IS NOT NULL AS there, o.may,
       (SELECT pg_catalog.string_agg(pg_catalog.quote_ident(m.rolname), ', ' ORDER BY m.rolname)
        FROM pg_catalog.pg_auth_members a JOIN pg_catalog.pg_roles m ON m.oid = a.member
        WHERE a.roleid = r.oid) AS members
FROM (VALUES
      (1, 'auditproof_owner', 'owns everything of auditproof''s; granted to nobody but who installs'),
      (2, 'auditproof_writer', 'appends entries, in bulk too'),
      (3, 'auditproof_auditor', 'reads everything, changes nothing'),
      (4, 'auditproof_sealer', 'reads what the auditor reads, records seals'),
      (5, 'auditproof_retainer', 'reads what the auditor reads, sets retention policies, places legal holds'),
      (6, 'auditproof_approver', 'reads all but audit_logs, releases legal holds with somebody else'),
      (7, 'auditproof_classifier', 'reads entries through auditproof.entry, records what risk rules find in them'),
      (8, 'auditproof_exporter', 'registers the bundles that it exports; reads nothing by itself'),
      (9, 'auditproof_scheduler', 'moves auditproof''s scheduled reports along, and records what became of them')
     ) AS o(position, role, may)
LEFT JOIN pg_catalog.pg_roles r ON r.rolname = o.role
ORDER BY o.position;
