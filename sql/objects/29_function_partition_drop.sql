-- Drops one month's partition of so many rows, and of just those versions of them (auditproof.purge_verify) unless that is
-- NULL. Whether these may go is for the caller to know, which is one of auditproof's own functions; are there others by now,
-- nothing is dropped. Until then others can read the month.
-- Belongs to the owner of audit_logs, who alone may drop it.
CREATE OR REPLACE FUNCTION auditproof.partition_drop(partition regclass, rows bigint, versions numeric)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET row_security = on
AS $body$
DECLARE
    there record;
BEGIN
    IF NOT EXISTS (SELECT FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
                    WHERE i.inhrelid = partition
                      AND i.inhparent IN (to_regclass('public.audit_logs'), to_regclass('public.performance_analytics'))
                      AND pg_get_expr(c.relpartbound, c.oid) <> 'DEFAULT') THEN
        RAISE EXCEPTION '% is not one month of public.audit_logs or public.performance_analytics', partition
            USING ERRCODE = 'wrong_object_type';
    END IF;
    EXECUTE format('LOCK TABLE %s IN SHARE MODE', partition);
    EXECUTE format('SELECT count(*) AS rows, coalesce(sum(hashtidextended(p.ctid, p.xmin::text::bigint)), 0) AS versions '
                   'FROM ONLY %s p', partition) INTO there;
    IF there.rows <> rows THEN
        RAISE EXCEPTION '% had % rows, and has %', partition, rows, there.rows USING ERRCODE = 'serialization_failure';
    ELSIF there.versions <> versions THEN
        RAISE EXCEPTION 'rows of % were changed', partition USING ERRCODE = 'serialization_failure';
    END IF;
    INSERT INTO auditproof.partition_work (xid) VALUES (pg_current_xact_id());
    EXECUTE format('DROP TABLE %s', partition);
    DELETE FROM auditproof.partition_work w WHERE w.xid = pg_current_xact_id();
END
$body$;
