-- A batch of a purge begins: nobody else is at one of it, its time is not over, the clock can be believed, and until the
-- transaction ends no hold is placed and no policy changed. The purge's id; NULL when the plan's time is over.
CREATE OR REPLACE FUNCTION auditproof.purge_claim(plan bytea, chain uuid, asked_at timestamptz) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    claimed uuid;
BEGIN
    -- What is locked, and then looked at, is looked at as it is by then.
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'a purge is done at READ COMMITTED, and not at %', upper(current_setting('transaction_isolation'))
            USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    SELECT x.purge_id INTO claimed FROM auditproof.purge_execution x WHERE x.digest = plan FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the plan % is not begun', encode(plan, 'hex') USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    IF EXISTS (SELECT FROM auditproof.purge_certificate c WHERE c.digest = plan) THEN
        RAISE EXCEPTION 'the plan % was executed, and its certificate stands', encode(plan, 'hex')
            USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    PERFORM auditproof.require_clock(chain, asked_at);
    PERFORM auditproof.lock_retention();
    IF clock_timestamp() > (SELECT (p.text::json ->> 'execute_by')::timestamptz FROM auditproof.purge_plan p
                             WHERE p.digest = plan) THEN
        RETURN NULL;
    END IF;
    RETURN claimed;
END
$body$;
