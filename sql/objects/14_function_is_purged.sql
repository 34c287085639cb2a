-- Is an entry whose row is there recorded as purged by a plan, its window over by the policy in force, and none that stays?
-- Where a table has no index to ask, its scan counts as dear enough to be compiled, for every row of a deletion: hence no JIT.
CREATE OR REPLACE FUNCTION auditproof.is_purged(entry public.audit_logs) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET jit = off
AS $body$
DECLARE
    chain CONSTANT uuid := coalesce(entry.organization_id, '00000000-0000-0000-0000-000000000000');
    place record;
    covering record;
BEGIN
    SELECT e.seq, e.recorded_at INTO place FROM auditproof.chain_entry e WHERE e.chain_id = chain AND e.log_id = entry.id;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    SELECT r.purge_id, r.to_seq INTO covering FROM auditproof.purge_range r
     WHERE r.chain_id = chain AND r.from_seq <= place.seq ORDER BY r.from_seq DESC LIMIT 1;
    RETURN covering.to_seq >= place.seq
           AND EXISTS (SELECT FROM auditproof.purge_execution x WHERE x.purge_id = covering.purge_id)
           -- auditproof.lasting_entries() written out: this is asked for each row of a deletion
           AND NOT EXISTS (SELECT FROM auditproof.retention_policy p WHERE p.authorised_by = entry.id)
           AND NOT EXISTS (SELECT FROM auditproof.legal_hold h WHERE h.authorised_by = entry.id)
           AND NOT EXISTS (SELECT FROM auditproof.legal_hold_release r WHERE r.authorised_by = entry.id)
           AND auditproof.retention_until(entry.created_at, place.recorded_at, auditproof.keep_years(chain))
               <= (now() AT TIME ZONE 'UTC')::date;
END
$body$;
