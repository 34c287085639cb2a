-- What keeps the installer from starting, a sentence each.
-- Parameters: none. Columns: problem
WITH closed(schema) AS (
    -- looking a name up in a schema that one may not use is an error
    SELECT n.nspname FROM pg_catalog.pg_namespace n
    WHERE n.nspname IN ('auth', 'auditproof') AND NOT pg_catalog.has_schema_privilege(n.oid, 'USAGE')
),
baseline(what, there) AS (
    VALUES ('table auth.users', CASE WHEN EXISTS (SELECT FROM closed c WHERE c.schema = 'auth') THEN true
                                     ELSE pg_catalog.to_regclass('auth.users') IS NOT NULL END),
           ('function auth.uid()', CASE WHEN EXISTS (SELECT FROM closed c WHERE c.schema = 'auth') THEN true
                                        ELSE pg_catalog.to_regprocedure('auth.uid()') IS NOT NULL END),
           ('table public.organizations', pg_catalog.to_regclass('public.organizations') IS NOT NULL),
           ('table public.profiles', pg_catalog.to_regclass('public.profiles') IS NOT NULL),
           ('table public.subscriptions', pg_catalog.to_regclass('public.subscriptions') IS NOT NULL),
           ('function public.get_user_organization()',
            pg_catalog.to_regprocedure('public.get_user_organization()') IS NOT NULL),
           ('function public.is_super_admin()', pg_catalog.to_regprocedure('public.is_super_admin()') IS NOT NULL)
),
platform_table(oid, name, relkind, relowner) AS (
    SELECT c.oid, 'public.' || c.relname, c.relkind, c.relowner
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'public'
      AND c.relname IN ('performance_analytics', 'scheduled_reports', 'audit_logs', 'invoices',
                        'subscription_changes', 'usage_tracking', 'message_templates')
),
audit_column(name, type) AS (
    VALUES ('id', 'uuid'), ('organization_id', 'uuid'), ('actor_id', 'uuid'), ('actor_email', 'text'),
           ('actor_role', 'text'), ('action', 'text'), ('resource_type', 'text'), ('resource_id', 'uuid'),
           ('old_values', 'jsonb'), ('new_values', 'jsonb'), ('risk_level', 'text'), ('ip_address', 'inet'),
           ('user_agent', 'text'), ('metadata', 'jsonb'), ('session_id', 'text'),
           ('created_at', 'timestamp with time zone')
),
our_role(name) AS (
    VALUES ('auditproof_owner'), ('auditproof_writer'), ('auditproof_auditor'), ('auditproof_sealer'),
           ('auditproof_retainer'), ('auditproof_approver'), ('auditproof_classifier'), ('auditproof_exporter'),
           ('anon'), ('authenticated'), ('service_role')
),
me AS (
    SELECT r.rolname, r.rolsuper, r.rolcreaterole FROM pg_catalog.pg_roles r WHERE r.rolname = current_user
)
SELECT 'the server is PostgreSQL ' || pg_catalog.current_setting('server_version') || '; 15 or later is needed' AS problem
WHERE pg_catalog.current_setting('server_version_num')::int < 150000
UNION ALL
SELECT 'the server is a standby: install on the primary'
WHERE pg_catalog.pg_is_in_recovery()
UNION ALL
SELECT 'the database''s encoding is ' || pg_catalog.getdatabaseencoding()
       || '; entries are hashed as UTF8, so a database with that encoding is needed'
WHERE pg_catalog.getdatabaseencoding() <> 'UTF8'
UNION ALL
SELECT pg_catalog.format('role %I may not look into schema %I: GRANT USAGE ON SCHEMA %I TO %I', me.rolname, c.schema, c.schema,
                         me.rolname)
FROM closed c, me
UNION ALL
SELECT pg_catalog.format('role %I is not a member of auditproof_owner and may not become one: '
                         'GRANT auditproof_owner TO %I, as a superuser', me.rolname, me.rolname)
FROM me
JOIN pg_catalog.pg_roles o ON o.rolname = 'auditproof_owner'
WHERE NOT pg_catalog.pg_has_role(o.oid, 'USAGE') AND NOT pg_catalog.pg_has_role(o.oid, 'MEMBER WITH ADMIN OPTION')
  AND NOT (me.rolcreaterole AND pg_catalog.current_setting('server_version_num')::int < 160000)
UNION ALL
SELECT pg_catalog.format('role %I may not create schemas in database %I: GRANT CREATE ON DATABASE, or install as its owner',
                         me.rolname, pg_catalog.current_database())
FROM me
WHERE NOT pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE')
UNION ALL
SELECT pg_catalog.format('role %I may not create tables in schema public: GRANT CREATE ON SCHEMA public, or install as its owner',
                         me.rolname)
FROM me
WHERE pg_catalog.to_regnamespace('public') IS NOT NULL
  AND NOT pg_catalog.has_schema_privilege('public', 'CREATE')
UNION ALL
SELECT 'schema public is missing' WHERE pg_catalog.to_regnamespace('public') IS NULL
UNION ALL
SELECT pg_catalog.format('role %I is missing, and %I may not create roles: create it, or install as a role with CREATEROLE',
                         o.name, me.rolname)
FROM our_role o, me
WHERE NOT me.rolsuper AND NOT me.rolcreaterole AND pg_catalog.to_regrole(o.name) IS NULL
UNION ALL
SELECT b.what || ' is missing, where other parts of the platform are there: restore it, or install on a database that'
       || ' has none of them'
FROM baseline b
WHERE NOT b.there
  AND (EXISTS (SELECT FROM baseline x WHERE x.there) OR EXISTS (SELECT FROM platform_table))
UNION ALL
SELECT t.name || ' is a '
       || CASE t.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'f' THEN 'foreign table'
          WHEN 'S' THEN 'sequence' WHEN 'i' THEN 'index' WHEN 'c' THEN 'composite type' ELSE 'relation of kind ' || t.relkind::text
          END || ', not a table: rename it'
FROM platform_table t
WHERE t.relkind NOT IN ('r', 'p')
UNION ALL
SELECT pg_catalog.format('%s belongs to %I, and %I is not a member of that role: install as its owner', t.name, r.rolname,
                         me.rolname)
FROM platform_table t JOIN pg_catalog.pg_roles r ON r.oid = t.relowner, me
WHERE t.name = 'public.audit_logs' AND NOT pg_catalog.pg_has_role(t.relowner, 'USAGE')
UNION ALL
SELECT pg_catalog.format('column public.audit_logs.%s is missing: the platform''s table has it, as %s', c.name, c.type)
FROM audit_column c JOIN platform_table t ON t.name = 'public.audit_logs' AND t.relkind IN ('r', 'p')
WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_attribute a
                  WHERE a.attrelid = t.oid AND a.attname = c.name AND a.attnum > 0 AND NOT a.attisdropped)
UNION ALL
SELECT pg_catalog.format('column public.audit_logs.%s is %s, not %s: entries would not be hashed as they are stored', c.name,
                         pg_catalog.format_type(a.atttypid, a.atttypmod), c.type)
FROM audit_column c
JOIN platform_table t ON t.name = 'public.audit_logs' AND t.relkind IN ('r', 'p')
JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid AND a.attname = c.name AND a.attnum > 0 AND NOT a.attisdropped
WHERE pg_catalog.format_type(a.atttypid, a.atttypmod) <> c.type
