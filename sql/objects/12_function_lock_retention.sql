-- Until the transaction ends no policy gets longer and no hold is placed. Whoever lets something leave calls this first, and
-- asks for windows and holds in a later statement: above READ COMMITTED, where that would still see the state before, it
-- raises 40001.
CREATE OR REPLACE FUNCTION auditproof.lock_retention() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $body$
BEGIN
    PERFORM FROM auditproof.retention_gate g FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the row of auditproof.retention_gate is gone'
            USING ERRCODE = 'object_not_in_prerequisite_state', HINT = '`auditmigrate install` puts it back.';
    END IF;
END
$body$;
