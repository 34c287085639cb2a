-- Is the row that a foreign key of audit_logs refers to really gone? Asked before a change that only the foreign key may
-- make is let through. Where the platform does not let auditproof_owner see the table, the answer rests on being called
-- from within another trigger, as a foreign key's action is.
CREATE OR REPLACE FUNCTION auditproof.referent_is_gone(relation text, referent uuid) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET row_security = on
AS $body$
DECLARE
    gone boolean;
BEGIN
    IF pg_trigger_depth() < 2 THEN
        RETURN false;
    END IF;
    IF NOT has_schema_privilege(split_part(relation, '.', 1), 'USAGE')
       OR NOT has_column_privilege(relation, 'id', 'SELECT')
       OR row_security_active(relation) THEN
        RETURN true;
    END IF;
    EXECUTE format('SELECT NOT EXISTS (SELECT FROM %s r WHERE r.id = $1)', relation::regclass) INTO gone USING referent;
    RETURN gone;
END
$body$;
