-- Refuses every change of auditproof.legal_hold_release but a release by whoever is logged in.
CREATE OR REPLACE FUNCTION auditproof.guard_release() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $body$
BEGIN
    IF TG_OP = 'INSERT' THEN
        UPDATE auditproof.retention_gate SET changes = changes + 1;
        IF NEW.released_by = session_user AND NEW.released_at BETWEEN transaction_timestamp() AND clock_timestamp() THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION '% of auditproof.legal_hold_release is refused', TG_OP
        USING ERRCODE = 'restrict_violation', HINT = 'A release is what one login does, once, for itself.';
END
$body$;
