-- Raises when a legal hold in force covers an entry, and says which.
CREATE OR REPLACE FUNCTION auditproof.require_unheld(entry public.audit_logs) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    hold auditproof.legal_hold;
BEGIN
    PERFORM auditproof.lock_retention();
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
