-- Refuses every change of a purge's plan, approval and execution but a new one by whoever is logged in, and now.
CREATE OR REPLACE FUNCTION auditproof.guard_step() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    new_row CONSTANT jsonb := to_jsonb(NEW) - 'text';
BEGIN
    IF TG_OP = 'INSERT'
       AND coalesce(new_row ->> 'requested_by', new_row ->> 'approved_by', new_row ->> 'executed_by') = session_user
       AND coalesce(new_row ->> 'requested_at', new_row ->> 'approved_at', new_row ->> 'started_at')::timestamptz
           BETWEEN transaction_timestamp() AND clock_timestamp() THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% of %.% is refused', TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation', HINT = 'A step of a purge is what one login does, for itself, and stays on record.';
END
$body$;
