-- Refuses changes of auditproof.classification but for a rule set getting further along a chain, and for the state of
-- its correlations being dropped when people or tenants are deleted.
CREATE OR REPLACE FUNCTION auditproof.guard_classification() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $body$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.batch_from IS NULL AND NEW.state IS NULL THEN
            RETURN NEW;
        END IF;
    ELSIF TG_OP = 'UPDATE' THEN
        IF NEW.chain_id = OLD.chain_id AND NEW.ruleset = OLD.ruleset AND NEW.seq >= OLD.seq
           AND (NEW.batch_from IS NULL OR NEW.batch_from = OLD.batch_from OR NEW.batch_from > OLD.seq) THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION '% of auditproof.classification is refused', TG_OP
        USING ERRCODE = 'restrict_violation',
              HINT = 'A rule set only gets further along a chain. To classify it again, use another rule set.';
END
$body$;
