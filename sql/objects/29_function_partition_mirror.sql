-- While a table moves to partitions: does to its copy what is done to it, in the same transaction. What is changed or
-- deleted may not be there yet; the lock keeps those who copy from bringing back what it was before.
CREATE OR REPLACE FUNCTION auditproof.partition_mirror() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET row_security = on
AS $body$
BEGIN
    IF TG_LEVEL = 'STATEMENT' THEN
        IF TG_OP = 'TRUNCATE' THEN
            EXECUTE format('TRUNCATE public.%I', TG_TABLE_NAME || '_copy');
        ELSE
            PERFORM pg_advisory_xact_lock_shared(1635083369, hashtext(TG_TABLE_NAME));
        END IF;
        RETURN NULL;
    END IF;
    IF TG_OP <> 'INSERT' THEN
        EXECUTE format('DELETE FROM public.%I WHERE id = $1 AND created_at %s', TG_TABLE_NAME || '_copy',
                       CASE WHEN OLD.created_at IS NULL THEN 'IS NULL' ELSE '= $2' END)
          USING OLD.id, OLD.created_at;
    END IF;
    IF TG_OP = 'INSERT' AND TG_TABLE_NAME = 'audit_logs' THEN
        INSERT INTO public.audit_logs_copy SELECT NEW.*;
    ELSIF TG_OP = 'INSERT' THEN
        INSERT INTO public.performance_analytics_copy SELECT NEW.*;
    ELSIF TG_OP = 'UPDATE' THEN
        BEGIN
            EXECUTE format('INSERT INTO public.%I SELECT $1.*', TG_TABLE_NAME || '_copy') USING NEW;
        EXCEPTION WHEN unique_violation THEN
            -- It was copied after this transaction's snapshot was taken, above READ COMMITTED.
            RAISE EXCEPTION '% is moving to partitions: try again', TG_TABLE_NAME USING ERRCODE = 'serialization_failure';
        END;
    END IF;
    RETURN NULL;
END
$body$;
