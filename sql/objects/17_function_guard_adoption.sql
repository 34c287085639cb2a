-- Refuses changes of auditproof.adoption but for an adoption's own course: planned, started, counting up, finished. One
-- that was planned and never started may go.
CREATE OR REPLACE FUNCTION auditproof.guard_adoption() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    wanted record;
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.started_log_id IS NULL THEN
            RETURN OLD;
        END IF;
    ELSIF TG_OP = 'INSERT' THEN
        IF NEW.adopted_count = 0 AND num_nonnulls(NEW.started_log_id, NEW.started_at, NEW.finished_log_id,
                                                  NEW.finished_at) = 0 THEN
            RETURN NEW;
        END IF;
    ELSE
        wanted := OLD;
        IF OLD.started_log_id IS NULL THEN
            wanted.started_log_id := NEW.started_log_id;
            wanted.started_at := NEW.started_at;
        ELSIF OLD.finished_log_id IS NULL AND NEW.finished_log_id IS NOT NULL THEN
            wanted.finished_log_id := NEW.finished_log_id;
            wanted.finished_at := NEW.finished_at;
        ELSIF OLD.finished_log_id IS NULL THEN
            wanted.adopted_count := greatest(OLD.adopted_count, NEW.adopted_count);
        END IF;
        IF NEW *= wanted AND NEW *<> OLD THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION '% of auditproof.adoption is refused', TG_OP
        USING ERRCODE = 'restrict_violation', HINT = 'An adoption is kept as auditmigrate adopt went through it.';
END
$body$;
