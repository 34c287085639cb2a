-- Every object that the audit trail rests on, as the catalogs have it: one row a property. The manifest (sql/manifest.tsv)
-- is this query's answer on a fresh installation; `auditmigrate check` compares the two.
-- Parameters: none.
-- Columns: object    what it is, by name
--          property  what is told of it; the row 'is' stands for the object itself
--          value     as text, white space folded
--          parent    the object that it goes away with, or ''
--          rule      what it is when the property is missing, different, extra: F finding, N notice, I ignored;
--                    S finding where a superuser installed, notice elsewhere; then p for the platform's own,
--                    and d where the value is "what is there instead of what should be"
WITH RECURSIVE
audit_table(oid) AS (
    SELECT c.oid
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'public' AND c.relname = 'audit_logs'
),
partition(oid, parent, audit, rule) AS (
    SELECT i.inhrelid, c.oid, c.relname = 'audit_logs', CASE c.relname WHEN 'audit_logs' THEN 'FFF' ELSE 'FFFp' END
    FROM pg_catalog.pg_inherits i
    JOIN pg_catalog.pg_class c ON c.oid = i.inhparent AND c.relkind = 'p'
                               AND c.relname IN ('audit_logs', 'performance_analytics')
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'public'
    UNION ALL
    SELECT i.inhrelid, p.parent, p.audit, p.rule FROM pg_catalog.pg_inherits i JOIN partition p ON p.oid = i.inhparent
),
home(oid, owner) AS (
    SELECT n.oid, n.nspowner FROM pg_catalog.pg_namespace n WHERE n.nspname = 'auditproof'
),
relation AS (
    SELECT c.oid, c.relkind, c.relowner, c.relacl, c.relrowsecurity, c.relforcerowsecurity, c.relpersistence,
           c.reloptions, pg_catalog.format('%I.%I', n.nspname, c.relname) AS name,
           -- by month of created_at, which the key of a partitioned table must hold and so cannot be null
           CASE WHEN c.relname = 'audit_logs' AND c.relkind = 'p' THEN '(id, created_at)' ELSE '' END AS partitioned_key,
           EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'p') AS own_key,
           -- in public only tables are expected, so that a view of that name is a table gone wrong
           CASE WHEN n.nspname = 'public' OR c.relkind IN ('r', 'p') THEN 'table ' WHEN c.relkind = 'S' THEN 'sequence '
           ELSE 'view ' END || pg_catalog.format('%I.%I', n.nspname, c.relname) AS object,
           CASE WHEN n.nspname = 'auditproof' THEN 'own' WHEN c.relname = 'audit_logs' THEN 'audit' ELSE 'platform' END
               AS part
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
      AND (n.nspname = 'auditproof'
           OR n.nspname = 'public'
              AND c.relname IN ('performance_analytics', 'scheduled_reports', 'audit_logs', 'invoices',
                                'subscription_changes', 'usage_tracking', 'message_templates'))
      AND c.oid NOT IN (SELECT p.oid FROM partition p)
),
grantee(oid, name) AS (
    SELECT r.oid, r.rolname::text FROM pg_catalog.pg_roles r
    UNION ALL
    SELECT 0, 'PUBLIC'
),
relation_fact AS (
    SELECT r.object AS object, f.property, f.value, '' AS parent,
           CASE r.part WHEN 'platform' THEN f.platform_rule ELSE 'FFF' END AS rule
    FROM relation r
    CROSS JOIN LATERAL (VALUES
        ('is', CASE r.relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'table' WHEN 'v' THEN 'view'
                    WHEN 'm' THEN 'materialized view' WHEN 'f' THEN 'foreign table' ELSE 'sequence' END, 'FFIp'),
        ('persistence', CASE r.relpersistence WHEN 'p' THEN 'logged' WHEN 'u' THEN 'unlogged' ELSE 'temporary' END,
         'FNIp'),
        ('row security', CASE WHEN r.relrowsecurity THEN 'on' ELSE 'off' END, 'FFIp'),
        ('forced row security', CASE WHEN r.relforcerowsecurity THEN 'on' ELSE 'off' END, 'IIIp'),
        -- the platform's tables belong to whom they belong
        ('owner', CASE WHEN r.part = 'own' THEN
            CASE WHEN r.relowner = (SELECT h.owner FROM home h) THEN 'the owner of schema auditproof'
                 WHEN r.relowner = (SELECT c.relowner FROM audit_table a JOIN pg_catalog.pg_class c ON c.oid = a.oid)
                     THEN 'the owner of audit_logs'
                 ELSE pg_catalog.pg_get_userbyid(r.relowner)::text END END, 'IIIp'),
        -- from version 16 on PostgreSQL leaves the table's alias out where it reads but one
        ('query', CASE WHEN r.relkind IN ('v', 'm') THEN
            pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(
                pg_catalog.regexp_replace(pg_catalog.pg_get_viewdef(r.oid), '([ (])l\.', '\1', 'g'), 'UTF8')), 'hex')
         END, 'IIIp'),
        ('options', CASE WHEN r.relkind = 'v' THEN pg_catalog.array_to_string(r.reloptions, ', ') END, 'IIIp')
    ) AS f(property, value, platform_rule)
    WHERE f.value IS NOT NULL
),
column_fact AS (
    SELECT 'column ' || r.name || '.' || pg_catalog.quote_ident(a.attname), f.property, f.value, r.object,
           CASE r.part WHEN 'own' THEN 'FFF' WHEN 'audit' THEN f.audit_rule ELSE 'FNIp' END
    FROM relation r
    JOIN pg_catalog.pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    CROSS JOIN LATERAL (VALUES
        ('is', pg_catalog.format_type(a.atttypid, a.atttypmod), 'FFN'),
        -- chain_salt becomes NOT NULL when the last row that was there before has been adopted
        ('not null', CASE WHEN a.attnotnull THEN 'yes' ELSE 'no' END,
         CASE a.attname WHEN 'chain_salt' THEN 'FII' ELSE 'FNN' END),
        ('default', coalesce(CASE WHEN a.attgenerated <> '' THEN 'generated always as '
                                  WHEN a.attidentity = 'a' THEN 'identity always'
                                  WHEN a.attidentity = 'd' THEN 'identity by default' ELSE '' END
                             || pg_catalog.pg_get_expr(d.adbin, d.adrelid), 'none'), 'FFN')
    ) AS f(property, value, audit_rule)
    WHERE r.relkind <> 'S'
),
index_fact AS (
    SELECT 'index ' || pg_catalog.format('%I.%I', n.nspname, c.relname), f.property, f.value, r.object,
           CASE r.part WHEN 'own' THEN 'FFF' WHEN 'audit' THEN 'FFI' ELSE 'FNIp' END
    FROM relation r
    JOIN pg_catalog.pg_index i ON i.indrelid = r.oid
    JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    CROSS JOIN LATERAL (VALUES
        ('is', pg_catalog.replace(pg_catalog.replace(pg_catalog.pg_get_indexdef(c.oid), ' ON ONLY ', ' ON '),
                                  r.partitioned_key, '(id)')),
        ('usable', CASE WHEN i.indisvalid AND i.indisready AND i.indislive THEN 'yes' ELSE 'no' END)
    ) AS f(property, value)
    WHERE r.part <> 'platform' OR c.relname LIKE 'idx\_%'
    UNION ALL
    -- whose key each partition has: the parent's would have to hold created_at, which can be NULL
    SELECT 'index public.audit_logs_pkey', f.property, f.value, r.object, 'FFI'
    FROM relation r
    CROSS JOIN (VALUES ('is', 'CREATE UNIQUE INDEX audit_logs_pkey ON public.audit_logs USING btree (id)'),
                       ('usable', 'yes')) AS f(property, value)
    WHERE r.part = 'audit' AND r.relkind = 'p' AND NOT r.own_key
),
constraint_fact AS (
    SELECT pg_catalog.format('constraint %I on %s', k.conname, r.name), f.property, f.value, r.object,
           -- what the platform's constraints are is its business, but not that they are switched off
           CASE WHEN r.part = 'own' THEN 'FFF' WHEN k.contype = 'p' THEN 'FFN' WHEN f.property = 'enforced' THEN 'NFN'
                ELSE 'NNN' END
    FROM relation r
    JOIN pg_catalog.pg_constraint k ON k.conrelid = r.oid AND k.contype IN ('c', 'f', 'p', 'u', 'x')
    CROSS JOIN LATERAL (VALUES
        ('is', pg_catalog.replace(pg_catalog.pg_get_constraintdef(k.oid), r.partitioned_key, '(id)')),
        ('validated', CASE WHEN k.convalidated THEN 'yes' ELSE 'no' END),
        ('enforced', CASE WHEN EXISTS (SELECT FROM pg_catalog.pg_trigger t
                                       WHERE t.tgconstraint = k.oid AND t.tgisinternal AND t.tgenabled = 'D')
                          THEN 'no: its triggers are disabled' ELSE 'yes' END)
    ) AS f(property, value)
    WHERE r.part <> 'platform'
    UNION ALL
    SELECT 'constraint audit_logs_pkey on public.audit_logs', f.property, f.value, r.object, 'FFN'
    FROM relation r
    CROSS JOIN (VALUES ('is', 'PRIMARY KEY (id)'), ('validated', 'yes'), ('enforced', 'yes')) AS f(property, value)
    WHERE r.part = 'audit' AND r.relkind = 'p' AND NOT r.own_key
),
trigger_fact AS (
    SELECT pg_catalog.format('trigger %I on %s', t.tgname, r.name), f.property, f.value, r.object,
           CASE WHEN r.part = 'platform' THEN 'FNIp'
                -- there while the table moves to partitions
                WHEN t.tgname IN ('auditproof_mirror', 'auditproof_mirror_lock') AND p.proname = 'partition_mirror' THEN 'FFN'
                WHEN r.part = 'own' OR fn.nspname = 'auditproof' THEN 'FFF'
                -- row-level, BEFORE or INSTEAD: it can change or swallow the row that is about to be chained
                WHEN t.tgtype & 1 = 1 AND t.tgtype & 66 <> 0 THEN 'FFF'
                ELSE 'FFN' END
    FROM relation r
    JOIN pg_catalog.pg_trigger t ON t.tgrelid = r.oid
    JOIN pg_catalog.pg_proc p ON p.oid = t.tgfoid
    -- internal ones call what PostgreSQL brings along; the mark alone can be put on any
    JOIN pg_catalog.pg_namespace fn ON fn.oid = p.pronamespace AND (NOT t.tgisinternal OR p.oid >= 16384)
    CROSS JOIN LATERAL (VALUES
        ('is', pg_catalog.pg_get_triggerdef(t.oid)),
        ('enabled', CASE t.tgenabled WHEN 'A' THEN 'always' WHEN 'O' THEN 'only outside replica mode'
                    WHEN 'R' THEN 'only in replica mode' ELSE 'no' END)
    ) AS f(property, value)
),
rule_fact AS (
    SELECT pg_catalog.format('rule %I on %s', w.rulename, r.name), 'is',
           pg_catalog.pg_get_ruledef(w.oid), r.object, CASE r.part WHEN 'platform' THEN 'FNIp' ELSE 'FFF' END
    FROM relation r
    JOIN pg_catalog.pg_rewrite w ON w.ev_class = r.oid AND w.rulename <> '_RETURN'
),
policy_fact AS (
    SELECT pg_catalog.format('policy %I on %s', p.polname, r.name), f.property, f.value, r.object,
           CASE r.part WHEN 'platform' THEN 'FNIp' ELSE 'FFF' END
    FROM relation r
    JOIN pg_catalog.pg_policy p ON p.polrelid = r.oid
    CROSS JOIN LATERAL (VALUES
        ('is', CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE'
               ELSE 'ALL' END || CASE WHEN p.polpermissive THEN '' ELSE ' (restrictive)' END),
        ('roles', (SELECT pg_catalog.string_agg(g.name, ', ' ORDER BY g.name COLLATE "C")
                   FROM grantee g WHERE g.oid = ANY (p.polroles))),
        -- (SELECT f()) and f() mean the same; the first runs once a statement, the second is the platform's own
        ('using', pg_catalog.regexp_replace(pg_catalog.pg_get_expr(p.polqual, p.polrelid),
                                            '\(\s*SELECT\s+([a-z_.]+\(\))\s+AS\s+[a-z_]+\)', '\1', 'g')),
        ('check', pg_catalog.regexp_replace(pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid),
                                            '\(\s*SELECT\s+([a-z_.]+\(\))\s+AS\s+[a-z_]+\)', '\1', 'g'))
    ) AS f(property, value)
    WHERE f.value IS NOT NULL
),
function AS (
    SELECT p.*, n.nspname = 'auditproof' OR p.proname = 'auditproof_refuse_drop' AS own, n.nspname,
           pg_catalog.format('%I.%I(%s)', n.nspname, p.proname, pg_catalog.oidvectortypes(p.proargtypes)) AS name
    FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
    WHERE n.nspname = 'auditproof'
       OR n.nspname = 'public' AND p.proname IN ('get_user_organization', 'is_super_admin', 'update_updated_at_column',
                                                        'auditproof_refuse_drop')
),
function_fact AS (
    SELECT 'function ' || p.name, f.property, f.value, '',
           CASE WHEN p.own THEN CASE p.nspname WHEN 'auditproof' THEN 'FFF' ELSE 'SFF' END ELSE 'FIIp' END
    FROM function p
    JOIN pg_catalog.pg_language l ON l.oid = p.prolang
    CROSS JOIN LATERAL (VALUES
        ('is', CASE p.prokind WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate' WHEN 'w' THEN 'window function'
               ELSE 'function' END || ' in ' || l.lanname
               -- runs in the place of the text that 'body' is about
               || CASE WHEN p.prosqlbody IS NOT NULL THEN ', with a parsed body' ELSE '' END
               || CASE WHEN p.prosupport <> 0 THEN ', with a support function' ELSE '' END),
        ('body', CASE WHEN p.own THEN
            pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(p.prosrc, 'UTF8')), 'hex') END),
        ('result', CASE WHEN p.own THEN pg_catalog.pg_get_function_result(p.oid) END),
        ('volatility', CASE WHEN p.own THEN
            CASE p.provolatile WHEN 'i' THEN 'immutable' WHEN 's' THEN 'stable' ELSE 'volatile' END
            || CASE WHEN p.proisstrict THEN ', strict' ELSE '' END
            || CASE WHEN p.proleakproof THEN ', leakproof' ELSE '' END END),
        ('runs as', CASE WHEN p.own THEN CASE WHEN p.prosecdef THEN 'its owner' ELSE 'its caller' END END),
        ('settings', CASE WHEN p.own THEN coalesce(pg_catalog.array_to_string(p.proconfig, '; '), 'none') END),
        ('owner', CASE WHEN p.own THEN
            CASE WHEN p.nspname = 'public' AND (SELECT r.rolsuper FROM pg_catalog.pg_roles r WHERE r.oid = p.proowner)
                      THEN 'a superuser'
                 WHEN p.proname IN ('partition_drop', 'partition_make', 'partition_missing', 'partition_strays')
                      THEN CASE WHEN p.proowner = (SELECT c.relowner FROM audit_table a JOIN pg_catalog.pg_class c ON c.oid = a.oid)
                                THEN 'the owner of audit_logs' ELSE pg_catalog.pg_get_userbyid(p.proowner)::text END
                 WHEN p.proowner = (SELECT h.owner FROM home h) THEN 'the owner of schema auditproof'
                 ELSE pg_catalog.pg_get_userbyid(p.proowner)::text END END)
    ) AS f(property, value)
    WHERE f.value IS NOT NULL
),
acl(object, parent, grantee, privilege, rule) AS (
    SELECT r.object, r.object, x.grantee,
           x.privilege_type || CASE WHEN x.is_grantable THEN ' with grant option' ELSE '' END,
           CASE r.part WHEN 'own' THEN 'FFF' ELSE 'NNF' END
    FROM relation r, pg_catalog.aclexplode(r.relacl) x
    WHERE x.grantee <> r.relowner
      AND (r.part = 'own'
           -- who may read the platform's table is the platform's business; who may change it is ours
           OR r.part = 'audit' AND x.privilege_type NOT IN ('SELECT', 'MAINTAIN'))
    UNION ALL
    SELECT pg_catalog.format('column %s.%I', r.name, a.attname), r.object, x.grantee,
           x.privilege_type || CASE WHEN x.is_grantable THEN ' with grant option' ELSE '' END,
           CASE r.part WHEN 'own' THEN 'FFF' ELSE 'NNF' END
    FROM relation r
    JOIN pg_catalog.pg_attribute a ON a.attrelid = r.oid AND NOT a.attisdropped AND a.attacl IS NOT NULL
    CROSS JOIN LATERAL pg_catalog.aclexplode(a.attacl) x
    WHERE x.grantee <> r.relowner
      AND (r.part = 'own'
           OR r.part = 'audit' AND (x.privilege_type IN ('UPDATE', 'REFERENCES')
                                    OR x.privilege_type = 'INSERT' AND a.attname = 'chain_salt'))
    UNION ALL
    SELECT 'function ' || p.name, 'function ' || p.name, x.grantee,
           x.privilege_type || CASE WHEN x.is_grantable THEN ' with grant option' ELSE '' END, 'FFF'
    FROM function p, pg_catalog.aclexplode(coalesce(p.proacl, pg_catalog.acldefault('f', p.proowner))) x
    -- nobody can call an event trigger's function
    WHERE p.nspname = 'auditproof' AND x.grantee <> p.proowner
    UNION ALL
    SELECT 'schema auditproof', 'schema auditproof', x.grantee,
           x.privilege_type || CASE WHEN x.is_grantable THEN ' with grant option' ELSE '' END, 'FFF'
    FROM pg_catalog.pg_namespace n, pg_catalog.aclexplode(n.nspacl) x
    WHERE n.nspname = 'auditproof' AND x.grantee <> n.nspowner
),
grant_fact AS (
    SELECT 'grant on ' || a.object || ' to ' || coalesce(g.name, a.grantee::text), 'is',
           pg_catalog.string_agg(a.privilege, ', ' ORDER BY a.privilege COLLATE "C"), a.parent, pg_catalog.min(a.rule)
    FROM acl a LEFT JOIN grantee g ON g.oid = a.grantee
    GROUP BY a.object, a.parent, a.grantee, g.name
),
schema_fact AS (
    SELECT 'schema auditproof', f.property, f.value, '', 'FFF'
    FROM home h
    CROSS JOIN LATERAL (VALUES ('is', 'schema'), ('owner', pg_catalog.pg_get_userbyid(h.owner)::text)) AS f(property, value)
),
role_fact AS (
    SELECT 'role ' || r.rolname, f.property, f.value, '', f.rule
    FROM pg_catalog.pg_roles r
    CROSS JOIN LATERAL (VALUES
        ('is', pg_catalog.concat_ws(', ', CASE WHEN r.rolcanlogin THEN 'login' ELSE 'no login' END,
                                    CASE WHEN r.rolsuper THEN 'superuser' END,
                                    CASE WHEN r.rolcreaterole THEN 'createrole' END,
                                    CASE WHEN r.rolcreatedb THEN 'createdb' END,
                                    CASE WHEN r.rolreplication THEN 'replication' END), 'FFF'),
        ('row security', CASE WHEN r.rolbypassrls THEN 'bypassed' ELSE 'applies' END, 'FSF'),
        ('member of', coalesce((SELECT pg_catalog.string_agg(b.rolname::text, ', ' ORDER BY b.rolname)
                                FROM pg_catalog.pg_auth_members m JOIN pg_catalog.pg_roles b ON b.oid = m.roleid
                                WHERE m.member = r.oid), 'none'), 'FFF')
    ) AS f(property, value, rule)
    WHERE r.rolname IN ('auditproof_owner', 'auditproof_writer', 'auditproof_auditor', 'auditproof_sealer',
                        'auditproof_retainer', 'auditproof_approver', 'auditproof_classifier', 'auditproof_exporter',
                        'auditproof_scheduler')
),
event_trigger_fact AS (
    SELECT pg_catalog.format('event trigger %I', e.evtname), f.property, f.value, '', 'SFF'
    FROM pg_catalog.pg_event_trigger e
    JOIN pg_catalog.pg_proc p ON p.oid = e.evtfoid
    JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
    CROSS JOIN LATERAL (VALUES
        ('is', e.evtevent || ' ' || pg_catalog.format('%I.%I', n.nspname, p.proname)
               || coalesce(' when ' || pg_catalog.array_to_string(e.evttags, ', '), '')),
        ('enabled', CASE e.evtenabled WHEN 'A' THEN 'always' WHEN 'O' THEN 'only outside replica mode'
                    WHEN 'R' THEN 'only in replica mode' ELSE 'no' END)
    ) AS f(property, value)
    WHERE n.nspname = 'auditproof' OR n.nspname = 'public' AND p.proname = 'auditproof_refuse_drop'
),
-- A partition stands for the whole table: what it lacks of its parent's guards, or has beyond them.
partition_fact AS (
    SELECT pg_catalog.format('trigger %I on partition %s', t.tgname, p.oid::pg_catalog.regclass), 'is',
           CASE WHEN c.oid IS NULL THEN 'absent' ELSE 'not enabled always' END
           || ' instead of enabled always, as on audit_logs', '', 'FFFd'
    FROM partition p
    JOIN pg_catalog.pg_class k ON k.oid = p.oid AND k.relkind = 'r'
    CROSS JOIN audit_table a
    JOIN pg_catalog.pg_trigger t ON t.tgrelid = a.oid AND NOT t.tgisinternal
    LEFT JOIN pg_catalog.pg_trigger c ON c.tgrelid = p.oid AND c.tgname = t.tgname
    WHERE p.audit
      -- other statement triggers fire for the table that a statement names, and are not inherited
      AND (t.tgtype & 1 = 1 OR t.tgtype & 32 <> 0) AND (c.oid IS NULL OR c.tgenabled NOT IN ('A', t.tgenabled))
    UNION ALL
    -- of the same name, and another
    SELECT pg_catalog.format('trigger %I on partition %s', c.tgname, p.oid::pg_catalog.regclass), 'is',
           pg_catalog.pg_get_triggerdef(c.oid), '', 'FFF'
    FROM partition p
    JOIN pg_catalog.pg_trigger c ON c.tgrelid = p.oid AND NOT c.tgisinternal AND c.tgenabled = 'A'
    JOIN pg_catalog.pg_proc f ON f.oid = c.tgfoid
    CROSS JOIN audit_table a
    JOIN pg_catalog.pg_trigger t ON t.tgrelid = a.oid AND t.tgname = c.tgname
    WHERE p.audit
      AND (t.tgtype & 1 = 1 AND c.tgparentid = 0
           OR t.tgname = 'auditproof_truncate'
              AND (f.pronamespace <> (SELECT h.oid FROM home h) OR f.proname <> 'refuse_change'
                   OR c.tgtype <> 34 OR c.tgqual IS NOT NULL))
    UNION ALL
    SELECT pg_catalog.format('trigger %I on partition %s', c.tgname, p.oid::pg_catalog.regclass), 'is',
           pg_catalog.pg_get_triggerdef(c.oid), '', 'FFF'
    FROM partition p
    JOIN pg_catalog.pg_trigger c ON c.tgrelid = p.oid AND NOT c.tgisinternal AND c.tgtype & 1 = 1 AND c.tgtype & 66 <> 0
    WHERE p.audit
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_trigger t, audit_table a WHERE t.tgrelid = a.oid AND t.tgname = c.tgname)
    UNION ALL
    SELECT pg_catalog.format('%s %s', f.what, p.oid::pg_catalog.regclass), 'is', f.found, '', p.rule || 'd'
    FROM partition p
    JOIN pg_catalog.pg_class k ON k.oid = p.oid
    JOIN relation r ON r.oid = p.parent
    CROSS JOIN LATERAL (VALUES
        ('partition', CASE WHEN k.relkind = 'f' THEN 'foreign table instead of table' END),
        ('row security on partition', CASE WHEN NOT k.relrowsecurity THEN 'off instead of on' END),
        ('persistence of partition', CASE WHEN k.relpersistence <> 'p' THEN 'unlogged instead of logged' END),
        ('owner of partition', CASE WHEN k.relowner <> r.relowner
                                    THEN pg_catalog.pg_get_userbyid(k.relowner) || ' instead of the owner of ' || r.name END),
        ('key of partition',
         CASE WHEN NOT r.own_key AND k.relkind = 'r'
                   AND NOT EXISTS (SELECT FROM pg_catalog.pg_index i
                                   WHERE i.indrelid = p.oid AND i.indisprimary AND i.indisvalid)
              THEN 'absent instead of PRIMARY KEY (id)' END)
    ) AS f(what, found)
    WHERE f.found IS NOT NULL
    UNION ALL
    -- what is granted here, the parent's policies and its privileges by column do not limit
    SELECT pg_catalog.format('grant on partition %s to %s', x.partition, coalesce(g.name, x.grantee::text)),
           'is', pg_catalog.string_agg(DISTINCT x.privilege, ', ' ORDER BY x.privilege), '', pg_catalog.min(x.rule)
    FROM (SELECT p.oid::pg_catalog.regclass AS partition, p.rule, y.grantee, y.privilege_type COLLATE "C" AS privilege
          FROM partition p
          JOIN pg_catalog.pg_class k ON k.oid = p.oid
          CROSS JOIN LATERAL pg_catalog.aclexplode(k.relacl) y
          WHERE y.grantee <> k.relowner AND y.privilege_type NOT IN ('SELECT', 'MAINTAIN')
          UNION ALL
          SELECT p.oid::pg_catalog.regclass, p.rule, y.grantee,
                 pg_catalog.format('%s (%I)', y.privilege_type, t.attname) COLLATE "C"
          FROM partition p
          JOIN pg_catalog.pg_class k ON k.oid = p.oid
          JOIN pg_catalog.pg_attribute t ON t.attrelid = p.oid AND NOT t.attisdropped AND t.attacl IS NOT NULL
          CROSS JOIN LATERAL pg_catalog.aclexplode(t.attacl) y
          WHERE y.grantee <> k.relowner AND y.privilege_type <> 'SELECT') AS x
    LEFT JOIN grantee g ON g.oid = x.grantee
    GROUP BY x.partition, x.grantee, g.name
    UNION ALL
    SELECT 'default partition of ' || r.name, 'is',
           CASE r.part WHEN 'audit'
               THEN 'absent: an entry that no partition takes is refused, and DETACH PARTITION ... CONCURRENTLY is not'
               ELSE 'absent: a row that no partition takes is refused' END, '',
           CASE r.part WHEN 'audit' THEN 'FFN' ELSE 'FFNp' END
    FROM relation r JOIN pg_catalog.pg_partitioned_table t ON t.partrelid = r.oid AND t.partdefid = 0
    WHERE r.oid IN (SELECT p.parent FROM partition p)
    UNION ALL
    SELECT f.object || (pg_catalog.xpath('//partition/text()', x.answer))[1]::text, 'is', f.rows || f.why, '', f.rule
    FROM ( -- through XML, for the function may be missing
          SELECT r.own_key, pg_catalog.query_to_xml(pg_catalog.format('SELECT * FROM auditproof.partition_strays(%L)', c.relname),
                                                    false, false, '') AS answer
          FROM relation r JOIN pg_catalog.pg_class c ON c.oid = r.oid
          JOIN pg_catalog.pg_partitioned_table t ON t.partrelid = r.oid AND t.partdefid <> 0
          JOIN pg_catalog.pg_proc f ON f.proname = 'partition_strays' AND f.pronargs = 1
                                    AND f.pronamespace = (SELECT h.oid FROM home h)
          WHERE c.relname IN ('audit_logs', 'performance_analytics')
            AND pg_catalog.has_function_privilege(f.oid, 'EXECUTE')) AS x
    CROSS JOIN LATERAL (VALUES
        ('rows in ', (pg_catalog.xpath('//waiting/text()', x.answer))[1]::text, ' that wait for the partition of their month',
         CASE WHEN x.own_key THEN 'FFN' ELSE 'FFF' END),
        ('rows without a month in ', (pg_catalog.xpath('//outside/text()', x.answer))[1]::text,
         ' whose created_at is NULL, more than 20 years ago, or later than all partitions', 'FFNp')
    ) AS f(object, rows, why, rule)
    WHERE f.rows <> '0'
),
-- Ways around the guards that no object of ours shows.
bypass_fact AS (
    SELECT pg_catalog.format('capture trigger %I on %s', t.tgname, t.tgrelid::pg_catalog.regclass), 'is',
           'not enabled always instead of enabled always', '', 'FFFd'
    FROM pg_catalog.pg_trigger t
    JOIN pg_catalog.pg_proc p ON p.oid = t.tgfoid
    JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
    WHERE n.nspname = 'auditproof' AND t.tgname LIKE 'auditproof\_capture%' AND t.tgenabled <> 'A'
    UNION ALL
    SELECT pg_catalog.format('table %s', i.inhrelid::pg_catalog.regclass), 'is', 'inherits from ' || r.name, '', 'FFF'
    FROM relation r JOIN pg_catalog.pg_inherits i ON i.inhparent = r.oid
    WHERE r.part = 'own' OR r.part = 'audit' AND r.relkind <> 'p'
    UNION ALL
    SELECT 'grant on setting ' || p.parname || ' to ' || coalesce(g.name, x.grantee::text), 'is', x.privilege_type, '',
           'FFF'
    FROM pg_catalog.pg_parameter_acl p
    CROSS JOIN LATERAL pg_catalog.aclexplode(p.paracl) x
    LEFT JOIN grantee g ON g.oid = x.grantee
    LEFT JOIN pg_catalog.pg_roles s ON s.oid = x.grantee
    WHERE p.parname = 'session_replication_role' AND s.rolsuper IS NOT TRUE
    UNION ALL
    SELECT 'setting session_replication_role of '
           || coalesce('role ' || pg_catalog.quote_ident(u.rolname), 'every role')
           || coalesce(' in database ' || pg_catalog.quote_ident(d.datname), ''), 'is', v.setting, '', 'FFF'
    FROM pg_catalog.pg_db_role_setting s
    CROSS JOIN LATERAL pg_catalog.unnest(s.setconfig) AS v(setting)
    LEFT JOIN pg_catalog.pg_roles u ON u.oid = s.setrole
    LEFT JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase
    WHERE v.setting LIKE 'session\_replication\_role=%' AND v.setting <> 'session_replication_role=origin'
      AND (s.setdatabase = 0 OR d.datname = pg_catalog.current_database())
    UNION ALL
    -- makes auditproof.is_installing() true, and DDL leave no entry
    SELECT 'setting ' || pg_catalog.split_part(v.setting, '=', 1) || ' of '
           || coalesce('role ' || pg_catalog.quote_ident(u.rolname), 'every role')
           || coalesce(' in database ' || pg_catalog.quote_ident(d.datname), ''), 'is', v.setting, '', 'FFF'
    FROM pg_catalog.pg_db_role_setting s
    CROSS JOIN LATERAL pg_catalog.unnest(s.setconfig) AS v(setting)
    LEFT JOIN pg_catalog.pg_roles u ON u.oid = s.setrole
    LEFT JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase
    WHERE v.setting ILIKE 'auditproof.%' AND (s.setdatabase = 0 OR d.datname = pg_catalog.current_database())
    UNION ALL
    -- PostgreSQL's own objects have numbers below 16384. A later one of the same name, or for types of PostgreSQL's own,
    -- can be called in the place of what was meant, whatever the search_path. Some extensions and platforms bring such.
    SELECT 'function ' || p.oid::pg_catalog.regprocedure::pg_catalog.text, 'is', 'overloads a function of PostgreSQL', '',
           CASE WHEN EXISTS (SELECT FROM pg_catalog.pg_depend e WHERE e.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass
                                                              AND e.objid = p.oid AND e.deptype = 'e')
                THEN 'FFN' ELSE 'FFF' END
    FROM pg_catalog.pg_proc p
    WHERE p.pronamespace = 'pg_catalog'::pg_catalog.regnamespace AND p.oid >= 16384
      AND EXISTS (SELECT FROM pg_catalog.pg_proc o
                  WHERE o.pronamespace = p.pronamespace AND o.proname = p.proname AND o.oid < 16384)
    UNION ALL
    SELECT 'operator ' || o.oid::pg_catalog.regoperator::pg_catalog.text, 'is', 'overloads an operator of PostgreSQL', '',
           'FFF'
    FROM pg_catalog.pg_operator o
    WHERE o.oprnamespace = 'pg_catalog'::pg_catalog.regnamespace AND o.oid >= 16384
      AND o.oprleft < 16384 AND o.oprright < 16384
    UNION ALL
    SELECT pg_catalog.format('cast from %s to %s', pg_catalog.format_type(k.castsource, NULL),
                             pg_catalog.format_type(k.casttarget, NULL)), 'is', 'a cast between types of PostgreSQL', '',
           'FFN'
    FROM pg_catalog.pg_cast k
    WHERE k.oid >= 16384 AND k.castsource < 16384 AND k.casttarget < 16384 AND k.castcontext <> 'e'
    UNION ALL
    SELECT pg_catalog.format('membership of %I in %I', m.rolname, r.rolname), 'is', 'member', '', 'FFF'
    FROM pg_catalog.pg_auth_members a
    JOIN pg_catalog.pg_roles r ON r.oid = a.roleid
    JOIN pg_catalog.pg_roles m ON m.oid = a.member
    WHERE r.rolname LIKE 'auditproof\_%' AND m.rolname IN ('anon', 'authenticated', 'authenticator', 'service_role')
    UNION ALL
    SELECT pg_catalog.format('role %I', r.rolname), 'is', 'bypasses row level security', '', 'INN'
    FROM pg_catalog.pg_roles r
    WHERE r.rolbypassrls AND NOT r.rolsuper AND r.rolname NOT LIKE 'auditproof\_%' AND r.rolname <> 'service_role'
),
fact(object, property, value, parent, rule) AS (
    SELECT * FROM schema_fact
    UNION ALL SELECT * FROM relation_fact
    UNION ALL SELECT * FROM column_fact
    UNION ALL SELECT * FROM index_fact
    UNION ALL SELECT * FROM constraint_fact
    UNION ALL SELECT * FROM trigger_fact
    UNION ALL SELECT * FROM rule_fact
    UNION ALL SELECT * FROM policy_fact
    UNION ALL SELECT * FROM function_fact
    UNION ALL SELECT * FROM grant_fact
    UNION ALL SELECT * FROM role_fact
    UNION ALL SELECT * FROM event_trigger_fact
    UNION ALL SELECT * FROM partition_fact
    UNION ALL SELECT * FROM bypass_fact
)
-- Most texts hold single spaces only, and to replace each of those takes a third of the whole query's time.
SELECT CASE WHEN f.object ~ '[^\S ]|  '
            THEN pg_catalog.regexp_replace(f.object, '\s+', ' ', 'g') ELSE f.object END AS object,
       f.property,
       CASE WHEN f.value ~ '[^\S ]|  '
            THEN pg_catalog.regexp_replace(f.value, '\s+', ' ', 'g') ELSE f.value END AS value,
       CASE WHEN f.parent ~ '[^\S ]|  '
            THEN pg_catalog.regexp_replace(f.parent, '\s+', ' ', 'g') ELSE f.parent END AS parent,
       f.rule
FROM fact f;
