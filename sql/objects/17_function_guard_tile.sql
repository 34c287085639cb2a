-- A tile is filled from the left and never changed otherwise.
CREATE OR REPLACE FUNCTION auditproof.guard_tile() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $body$
BEGIN
    IF TG_OP = 'INSERT' OR
       (TG_OP = 'UPDATE' AND (NEW.tree, NEW.level, NEW.index) = (OLD.tree, OLD.level, OLD.index)
        AND octet_length(NEW.hashes) > octet_length(OLD.hashes)
        AND substr(NEW.hashes, 1, octet_length(OLD.hashes)) = OLD.hashes) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% of %.% is refused', TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation', HINT = 'The audit trail is only ever appended to.';
END
$body$;
