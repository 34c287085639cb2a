-- Does a change of an entry do nothing but erase groups whose commitments are on record already, and do they fit what it
-- still has?
CREATE OR REPLACE FUNCTION auditproof.is_erasure(entry public.audit_logs, changed public.audit_logs) RETURNS boolean
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    kept record;
    wanted public.audit_logs := entry;
BEGIN
    FOR kept IN
        SELECT e."group" AS name, e.commitment FROM auditproof.erasure e
         WHERE e.chain_id = auditproof.chain_of(entry.organization_id) AND e.log_id = entry.id
    LOOP
        -- one that was erased before stays as it is
        CONTINUE WHEN auditproof.erased_group(wanted, kept.name) *= wanted;
        IF kept.commitment IS DISTINCT FROM auditproof.group_commitment(entry, kept.name) THEN
            RETURN false;
        END IF;
        wanted := auditproof.erased_group(wanted, kept.name);
    END LOOP;
    RETURN changed *= wanted AND changed *<> entry;
END
$body$;
