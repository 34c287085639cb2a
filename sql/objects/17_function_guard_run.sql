-- Refuses changes of auditproof.report_run but for a run going on: what it is of stays, and what succeeded or was
-- skipped is not run again.
CREATE OR REPLACE FUNCTION auditproof.guard_run() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $body$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state IN ('pending', 'skipped') AND NEW.attempt = 0 AND NEW.told_by IS NULL THEN
            RETURN NEW;
        END IF;
    ELSIF TG_OP = 'UPDATE' THEN
        IF (NEW.report_id, NEW.scheduled_for, NEW.chain_id, NEW.report_type, NEW.format, NEW.from_at, NEW.until_at)
               = (OLD.report_id, OLD.scheduled_for, OLD.chain_id, OLD.report_type, OLD.format, OLD.from_at, OLD.until_at)
           AND NEW.attempt >= OLD.attempt AND OLD.state NOT IN ('succeeded', 'skipped') THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION '% of auditproof.report_run is refused', TG_OP
        USING ERRCODE = 'restrict_violation', HINT = 'What became of a run stays on record.';
END
$body$;
