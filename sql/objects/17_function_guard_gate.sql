-- Refuses every change of auditproof.retention_gate but counting on.
CREATE OR REPLACE FUNCTION auditproof.guard_gate() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $body$
BEGIN
    IF TG_OP = 'INSERT' OR TG_OP = 'UPDATE' AND NEW.changes = OLD.changes + 1 THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% of auditproof.retention_gate is refused', TG_OP USING ERRCODE = 'restrict_violation';
END
$body$;
