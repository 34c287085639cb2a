-- What keeps this login from moving a table to partitions, a sentence each; nothing where that was done.
-- Parameters: $1 the table's name. Columns: problem
WITH t AS (
    SELECT c.relowner, pg_catalog.pg_get_userbyid(c.relowner) AS owner
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'public' AND c.relname = $1::text AND c.relkind <> 'p'
)
SELECT pg_catalog.format('public.%s belongs to %I, and %I is not a member of that role: run this as its owner', $1, t.owner,
                         current_user) AS problem
FROM t WHERE NOT pg_catalog.pg_has_role(t.relowner, 'USAGE')
UNION ALL
SELECT pg_catalog.format('role %I may not create tables in schema public: GRANT CREATE ON SCHEMA public TO %I', r.name, r.name)
FROM (SELECT current_user::text AS name
      UNION
      SELECT t.owner FROM t WHERE NOT (SELECT s.rolsuper FROM pg_catalog.pg_roles s WHERE s.rolname = current_user)) AS r
WHERE EXISTS (SELECT FROM t) AND NOT pg_catalog.has_schema_privilege(r.name, 'public', 'CREATE')
UNION ALL
SELECT pg_catalog.format('role %I is not a member of auditproof_owner: run this as who installed, or GRANT auditproof_owner TO %I',
                         current_user, current_user)
FROM pg_catalog.pg_roles o
WHERE EXISTS (SELECT FROM t) AND o.rolname = 'auditproof_owner' AND NOT pg_catalog.pg_has_role(o.oid, 'USAGE');
