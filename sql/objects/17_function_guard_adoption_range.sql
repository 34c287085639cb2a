-- Refuses changes of auditproof.adoption_range, but for what an adoption under way adds: a range past the chain's last
-- one, and more entries at the end of that.
CREATE OR REPLACE FUNCTION auditproof.guard_adoption_range() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    newest record;
    wanted record;
BEGIN
    IF TG_OP <> 'DELETE'
       AND EXISTS (SELECT FROM auditproof.adoption a
                    WHERE a.chain_id = NEW.chain_id AND a.number = NEW.number
                      AND a.started_log_id IS NOT NULL AND a.finished_log_id IS NULL) THEN
        SELECT r.first_seq, r.last_seq INTO newest FROM auditproof.adoption_range r
        WHERE r.chain_id = NEW.chain_id ORDER BY r.first_seq DESC LIMIT 1;
        IF TG_OP = 'INSERT' THEN
            IF newest.last_seq IS NULL OR NEW.first_seq > newest.last_seq THEN
                RETURN NEW;
            END IF;
        ELSIF OLD.first_seq = newest.first_seq THEN
            wanted := OLD;
            wanted.last_seq := greatest(OLD.last_seq, NEW.last_seq);
            IF NEW *= wanted AND NEW *<> OLD THEN
                RETURN NEW;
            END IF;
        END IF;
    END IF;
    RAISE EXCEPTION '% of auditproof.adoption_range is refused', TG_OP
        USING ERRCODE = 'restrict_violation', HINT = 'What was adopted is only ever appended to, by auditmigrate adopt.';
END
$body$;
