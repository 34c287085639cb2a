-- Drops one month's partition of so many rows. Whether these may go is for the caller to know, which is one of auditproof's
-- own functions; were there others meanwhile, nothing is dropped.
-- Belongs to the owner of audit_logs, who alone may drop it.
CREATE OR REPLACE FUNCTION auditproof.partition_drop(partition regclass, rows bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET row_security = on
AS $body$
DECLARE
    found bigint;
BEGIN
    IF NOT EXISTS (SELECT FROM unnest(ARRAY[to_regclass('public.audit_logs'), to_regclass('public.performance_analytics')]) t,
                          auditproof.partition_list(t) p
                    WHERE p.partition = partition_drop.partition AND NOT p.is_default) THEN
        RAISE EXCEPTION '% is not one month of public.audit_logs or public.performance_analytics', partition
            USING ERRCODE = 'wrong_object_type';
    END IF;
    EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', partition);
    EXECUTE format('SELECT count(*) FROM ONLY %s', partition) INTO found;
    IF found <> rows THEN
        RAISE EXCEPTION '% had % rows, and has %', partition, rows, found USING ERRCODE = 'serialization_failure';
    END IF;
    INSERT INTO auditproof.partition_work (xid) VALUES (pg_current_xact_id());
    EXECUTE format('DROP TABLE %s', partition);
    DELETE FROM auditproof.partition_work w WHERE w.xid = pg_current_xact_id();
END
$body$;
