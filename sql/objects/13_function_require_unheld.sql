-- Raises when a legal hold in force covers an entry, and says which.
CREATE OR REPLACE FUNCTION auditproof.require_unheld(entry public.audit_logs) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    hold auditproof.legal_hold;
BEGIN
    -- The gate's row is locked as lock_retention() does, which says what to do when it is not there.
    PERFORM FROM auditproof.retention_gate g FOR SHARE;
    IF NOT FOUND THEN
        PERFORM auditproof.lock_retention();
    END IF;
    IF NOT EXISTS (SELECT FROM auditproof.legal_hold h
                    WHERE h.chain_id IS NULL
                       OR h.chain_id = coalesce(entry.organization_id, '00000000-0000-0000-0000-000000000000')) THEN
        RETURN;
    END IF;
    SELECT h.* INTO hold
      FROM auditproof.legal_hold h
     WHERE h.hold_id IN (SELECT auditproof.holds_on(entry))
     ORDER BY h.placed_at, h.hold_id LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'audit entry % is under legal hold % (%)', entry.id, hold.hold_id, hold.matter
            USING ERRCODE = 'restrict_violation',
                  DETAIL = format('Placed on %s, custodian %s.', to_char(hold.placed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD'),
                                  hold.custodian),
                  HINT = 'What a hold covers is neither deleted nor erased until two people have released the hold: '
                         '`auditretain hold release`. `auditretain why` names every hold on an entry.';
    END IF;
END
$body$;
