-- Refuses changes of auditproof.report_notice but for telling: what it is of stays, and so does that somebody was told.
CREATE OR REPLACE FUNCTION auditproof.guard_notice() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $body$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.told_at IS NULL AND NEW.attempt = 1 THEN
            RETURN NEW;
        END IF;
    ELSIF TG_OP = 'UPDATE' THEN
        IF (NEW.report_id, NEW.scheduled_for, NEW.moment, NEW.about, NEW.chain_id)
               = (OLD.report_id, OLD.scheduled_for, OLD.moment, OLD.about, OLD.chain_id)
           AND NEW.attempt >= OLD.attempt AND OLD.told_at IS NULL THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION '% of auditproof.report_notice is refused', TG_OP
        USING ERRCODE = 'restrict_violation', HINT = 'Who was told stays on record.';
END
$body$;
