-- What is sealed of a tile is never changed: of a chain's tree, what its last seal covers; of the seal log's, what the
-- newest checkpoint does. Hashes after that were put there by somebody who could not seal them, and the next round puts
-- its own in their place.
CREATE OR REPLACE FUNCTION auditproof.guard_tile() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    size bigint;
    covered integer;
BEGIN
    IF TG_OP = 'INSERT' THEN
        RETURN NEW;
    ELSIF TG_OP = 'UPDATE' AND (NEW.tree, NEW.level, NEW.index) = (OLD.tree, OLD.level, OLD.index) THEN
        IF OLD.tree = 'ffffffff-ffff-ffff-ffff-ffffffffffff' THEN
            SELECT c.size INTO size FROM auditproof.checkpoint c ORDER BY c.size DESC LIMIT 1;
        ELSE
            SELECT s.size INTO size FROM auditproof.seal s WHERE s.chain_id = OLD.tree ORDER BY s.size DESC LIMIT 1;
        END IF;
        -- A tile has 256 hashes, each over 256 of the level below.
        covered := 32 * least(greatest((coalesce(size, 0) >> (8 * OLD.level)) - OLD.index * 256, 0), 256);
        IF octet_length(NEW.hashes) >= covered AND substr(NEW.hashes, 1, covered) = substr(OLD.hashes, 1, covered) THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION '% of %.% is refused', TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation', HINT = 'The audit trail is only ever appended to.';
END
$body$;
