-- What is ours belongs to auditproof_owner, whom nobody logs in as; the view of entries, and the functions that need
-- to own partitions, belong to the owner of audit_logs. Only a superuser can exempt roles from row level security: then auditproof_auditor may verify the table
-- itself (SET ROLE auditproof_auditor; the exemption is not inherited by members).
DO $do$
DECLARE
    item record;
BEGIN
    IF (SELECT n.nspowner FROM pg_catalog.pg_namespace n WHERE n.nspname = 'auditproof')
       <> 'auditproof_owner'::pg_catalog.regrole THEN
        ALTER SCHEMA auditproof OWNER TO auditproof_owner;
    END IF;
    FOR item IN
        SELECT pg_catalog.format('ALTER TABLE auditproof.%I OWNER TO %I', c.relname, w.owner::pg_catalog.regrole) AS sql
          FROM pg_catalog.pg_class c
         CROSS JOIN LATERAL (SELECT CASE WHEN c.relname = 'entry' AND c.relkind = 'v'
                                         THEN (SELECT t.relowner FROM pg_catalog.pg_class t
                                                WHERE t.oid = 'public.audit_logs'::pg_catalog.regclass)
                                         ELSE 'auditproof_owner'::pg_catalog.regrole::oid END) AS w (owner)
         WHERE c.relnamespace = 'auditproof'::pg_catalog.regnamespace AND c.relkind IN ('r', 'p', 'v', 'S')
           AND c.relowner <> w.owner
        UNION ALL
        SELECT pg_catalog.format('ALTER ROUTINE %s OWNER TO %I', p.oid::pg_catalog.regprocedure, w.owner::pg_catalog.regrole)
          FROM pg_catalog.pg_proc p
         CROSS JOIN LATERAL (SELECT CASE WHEN p.proname IN ('partition_drop', 'partition_make', 'partition_missing',
                                                            'partition_strays')
                                         THEN (SELECT t.relowner FROM pg_catalog.pg_class t
                                                WHERE t.oid = 'public.audit_logs'::pg_catalog.regclass)
                                         ELSE 'auditproof_owner'::pg_catalog.regrole::oid END) AS w (owner)
         WHERE p.pronamespace = 'auditproof'::pg_catalog.regnamespace AND p.proowner <> w.owner
    LOOP
        EXECUTE item.sql;
    END LOOP;
    IF (SELECT r.rolsuper FROM pg_catalog.pg_roles r WHERE r.rolname = current_user) THEN
        FOR item IN SELECT r.rolname FROM pg_catalog.pg_roles r
                     WHERE r.rolname IN ('auditproof_owner', 'auditproof_auditor') AND NOT r.rolbypassrls LOOP
            EXECUTE pg_catalog.format('ALTER ROLE %I BYPASSRLS', item.rolname);
        END LOOP;
    END IF;
END
$do$;
