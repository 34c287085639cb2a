-- Releases a legal hold as one of the two logins that it takes. Returns how many are still lacking.
CREATE OR REPLACE FUNCTION auditproof.hold_release(hold uuid, why text) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    new auditproof.legal_hold_release;
BEGIN
    IF why !~ '\S' OR why IS NULL THEN
        RAISE EXCEPTION 'a release needs a reason' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    -- one release after the other, so that each sees those before it
    UPDATE auditproof.retention_gate SET changes = changes + 1;
    IF NOT EXISTS (SELECT FROM auditproof.legal_hold h WHERE h.hold_id = hold) THEN
        RAISE EXCEPTION 'there is no legal hold %', hold
            USING ERRCODE = 'invalid_parameter_value', HINT = '`auditretain hold list` lists them.';
    END IF;
    IF NOT auditproof.hold_in_force(hold) THEN
        RAISE EXCEPTION 'legal hold % has been released', hold USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF EXISTS (SELECT FROM auditproof.legal_hold_release r WHERE r.hold_id = hold AND r.released_by = session_user) THEN
        RAISE EXCEPTION '% has released legal hold %, and somebody else must', session_user, hold
            USING ERRCODE = 'restrict_violation', HINT = 'It stays in force until a second login releases it.';
    END IF;
    new := (hold, session_user, clock_timestamp(), why, gen_random_uuid());
    new.authorised_by := auditproof.tell_retention('00000000-0000-0000-0000-000000000000', 'audit.hold_released', 'legal_hold',
        hold, 'high', jsonb_build_object('digest', encode(auditproof.release_digest(new), 'hex')));
    INSERT INTO auditproof.legal_hold_release SELECT new.*;
    RETURN CASE WHEN auditproof.hold_in_force(hold) THEN 1 ELSE 0 END;
END
$body$;
