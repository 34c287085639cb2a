-- Event trigger: a column that the platform adds to audit_logs may be written by whoever may write all the others. INSERT is
-- granted by column, to leave out the salt, and a new column would otherwise be refused to the application. Runs with
-- the rights of whoever alters the table, its owner.
CREATE OR REPLACE FUNCTION auditproof.on_new_column() RETURNS event_trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    g record;
BEGIN
    FOR g IN
        WITH fields AS (
            SELECT a.attname, a.attacl FROM pg_attribute a
             WHERE a.attrelid = to_regclass('public.audit_logs') AND a.attnum > 0 AND NOT a.attisdropped
               AND a.attgenerated = '' AND a.attname <> 'chain_salt'
        ), writers AS (
            SELECT x.grantee, f.attname
              FROM fields f, aclexplode(f.attacl) x
             WHERE x.privilege_type = 'INSERT'
        )
        SELECT CASE w.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(w.grantee)) END AS name,
               (SELECT string_agg(quote_ident(f.attname), ', ') FROM fields f
                 WHERE NOT EXISTS (SELECT FROM writers v WHERE v.grantee = w.grantee AND v.attname = f.attname)) AS lacks
          FROM writers w
         WHERE w.attname IN ('id', 'organization_id', 'actor_id', 'actor_email', 'actor_role', 'action', 'resource_type',
                             'resource_id', 'old_values', 'new_values', 'risk_level', 'ip_address', 'user_agent',
                             'metadata', 'session_id', 'created_at')
         GROUP BY w.grantee
        HAVING count(*) = 16
    LOOP
        IF g.lacks IS NOT NULL THEN
            EXECUTE format('GRANT INSERT (%s) ON public.audit_logs TO %s', g.lacks, g.name);
        END IF;
    END LOOP;
END
$body$;
