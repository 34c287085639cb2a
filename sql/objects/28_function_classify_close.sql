-- End a rule set's open batch in a chain if it is most_age old; returns whether it was. Passes over one that another
-- follower has claimed.
CREATE OR REPLACE FUNCTION auditproof.classify_close(chain uuid, rules bytea, most_age interval) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $body$
BEGIN
    PERFORM FROM auditproof.classification p
      WHERE p.chain_id = chain AND p.ruleset = rules AND p.batch_at <= clock_timestamp() - most_age
        FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    PERFORM auditproof.classify_tell(chain, rules);
    RETURN true;
END
$body$;
