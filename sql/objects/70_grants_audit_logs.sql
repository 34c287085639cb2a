-- Nobody but its owner has more than SELECT and INSERT on audit_logs, and nobody but
-- auditproof's own functions inserts a salt of his choosing.
-- SELECT stays as the platform gave it, salts included: without the column, SELECT * and RETURNING * would fail, and
-- whoever may read a row's fields learns nothing from its salts.
DO $do$
DECLARE
    g record;
    fields CONSTANT text := (
        SELECT pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', ' ORDER BY a.attnum)
          FROM pg_catalog.pg_attribute a
         WHERE a.attrelid = 'public.audit_logs'::pg_catalog.regclass AND a.attnum > 0 AND NOT a.attisdropped
           AND a.attgenerated = '' AND a.attname <> 'chain_salt');
BEGIN
    FOR g IN
        SELECT CASE x.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(x.grantee)) END
                   AS name,
               -- On the whole table, or on each of the platform's columns: then also on one that came later.
               pg_catalog.bool_or(x.privilege_type = 'INSERT' AND x.attname IS NULL)
                   OR pg_catalog.count(*) FILTER (WHERE x.privilege_type = 'INSERT' AND x.attname IN (
                          'id', 'organization_id', 'actor_id', 'actor_email', 'actor_role', 'action', 'resource_type',
                          'resource_id', 'old_values', 'new_values', 'risk_level', 'ip_address', 'user_agent',
                          'metadata', 'session_id', 'created_at')) = 16 AS inserts,
               pg_catalog.bool_or(x.privilege_type = 'INSERT' AND x.attname = 'chain_salt') AS chooses_salt,
               pg_catalog.bool_or(x.privilege_type NOT IN ('SELECT', 'INSERT')) AS changes
          FROM (SELECT a.grantee, a.privilege_type, NULL::name AS attname, c.relowner
                  FROM pg_catalog.pg_class c, pg_catalog.aclexplode(c.relacl) a
                 WHERE c.oid = 'public.audit_logs'::pg_catalog.regclass
                UNION ALL
                SELECT a.grantee, a.privilege_type, t.attname, c.relowner
                  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_attribute t ON t.attrelid = c.oid,
                       pg_catalog.aclexplode(t.attacl) a
                 WHERE c.oid = 'public.audit_logs'::pg_catalog.regclass) AS x
         WHERE x.grantee <> x.relowner
           AND NOT (x.grantee = 'auditproof_owner'::pg_catalog.regrole AND x.privilege_type IN ('UPDATE', 'DELETE'))
         GROUP BY x.grantee
    LOOP
        IF g.changes THEN
            EXECUTE pg_catalog.format('REVOKE UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER ON public.audit_logs '
                                      'FROM %s CASCADE', g.name);
        END IF;
        IF g.inserts THEN
            EXECUTE pg_catalog.format('REVOKE INSERT ON public.audit_logs FROM %s CASCADE', g.name);
            EXECUTE pg_catalog.format('GRANT INSERT (%s) ON public.audit_logs TO %s', fields, g.name);
        ELSIF g.chooses_salt AND g.name <> 'auditproof_owner' THEN
            EXECUTE pg_catalog.format('REVOKE INSERT (chain_salt) ON public.audit_logs FROM %s CASCADE', g.name);
        END IF;
    END LOOP;
    EXECUTE pg_catalog.format('GRANT INSERT (%s) ON public.audit_logs TO auditproof_owner, auditproof_writer', fields);
    -- Its functions write entries whose ids prove where they come from (auditproof.classify_tell).
    GRANT INSERT (chain_salt) ON public.audit_logs TO auditproof_owner;
    -- And they delete what the window and holds leave, and erase; the guard asks each time.
    GRANT UPDATE, DELETE ON public.audit_logs TO auditproof_owner;
    GRANT SELECT ON public.audit_logs TO auditproof_owner, auditproof_auditor, auditproof_sealer, auditproof_retainer;
    -- A writer must find out what became of an entry when the connection broke at COMMIT.
    GRANT SELECT (id, organization_id, created_at) ON public.audit_logs TO auditproof_writer;
END
$do$;
