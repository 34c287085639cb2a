-- Refuses changes of auditproof.risk_finding but for new findings, and for forgetting what one was grouped by.
CREATE OR REPLACE FUNCTION auditproof.guard_finding() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    wanted record;
BEGIN
    IF TG_OP = 'INSERT' THEN
        RETURN NEW;
    ELSIF TG_OP = 'UPDATE' THEN
        wanted := OLD;
        wanted.groups := NULL;
        IF NEW *= wanted AND NEW *<> OLD THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION '% of auditproof.risk_finding is refused', TG_OP
        USING ERRCODE = 'restrict_violation', HINT = 'The audit trail is only ever appended to.';
END
$body$;
