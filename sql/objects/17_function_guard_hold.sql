-- Refuses every change of auditproof.legal_hold but a new hold, placed by whoever is logged in, and forgetting whom a hold
-- was about once it has been released. Waits for deletions that are under way.
CREATE OR REPLACE FUNCTION auditproof.guard_hold() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    wanted auditproof.legal_hold;
BEGIN
    IF TG_OP = 'INSERT' THEN
        UPDATE auditproof.retention_gate SET changes = changes + 1;
        IF NEW.placed_by = session_user AND NEW.placed_at BETWEEN transaction_timestamp() AND clock_timestamp()
           AND NEW.subject_commitment
               = auditproof.commitment(NEW.subject_salt, json_build_array(NEW.actor_ids, NEW.actor_email, NEW.resource_id)) THEN
            RETURN NEW;
        END IF;
    ELSIF TG_OP = 'UPDATE' AND NOT auditproof.hold_in_force(OLD.hold_id) THEN
        wanted := OLD;
        wanted.actor_ids := NULL;
        wanted.actor_email := NULL;
        wanted.resource_id := NULL;
        wanted.subject_salt := E'\\x00000000000000000000000000000000';
        IF NEW *= wanted THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION '% of auditproof.legal_hold is refused', TG_OP
        USING ERRCODE = 'restrict_violation',
              HINT = 'A hold stays on record as it was placed; two different logins release it: `auditretain hold release`.';
END
$body$;
