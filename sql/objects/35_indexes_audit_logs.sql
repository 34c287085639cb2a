-- The indexes that searches need beyond the platform's own. A large table is not kept from its writers for as long as it takes
-- to make one: that is for `auditmigrate install` when this is committed, or for whoever pasted it.
DO $do$
DECLARE
    step record;
BEGIN
    LOOP
        SELECT * INTO step FROM auditproof.index_step(true);
        EXIT WHEN NOT FOUND;
        EXECUTE step.statement;
    END LOOP;
    SELECT * INTO step FROM auditproof.index_step(false);
    IF FOUND THEN
        RAISE WARNING 'index % is made beside those who write, when this is committed: auditmigrate install does it', step.index;
    END IF;
END
$do$;
