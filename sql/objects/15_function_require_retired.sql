-- Raises unless an entry of a deleted tenant may leave; says until when the tenant must be kept.
CREATE OR REPLACE FUNCTION auditproof.require_retired(organization uuid, entry uuid, created_at timestamptz, salt bytea)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET row_security = on
AS $body$
DECLARE
    today CONSTANT date := (now() AT TIME ZONE 'UTC')::date;
    years CONSTANT integer := auditproof.keep_years(organization);
    recorded_at timestamptz;
    latest date;
    hold auditproof.legal_hold;
BEGIN
    SELECT c.recorded_at INTO recorded_at FROM auditproof.chain_entry c
     WHERE c.chain_id = organization AND c.log_id = entry;
    -- An entry with salts and no place in the chain is one that this very transaction wrote: it counts from now.
    IF NOT FOUND AND salt IS NOT NULL THEN
        recorded_at := now();
    END IF;
    IF auditproof.retention_until(created_at, recorded_at, years) <= today THEN
        RETURN;
    END IF;
    SELECT max(auditproof.retention_until(l.created_at, c.recorded_at, years)) INTO latest
      FROM public.audit_logs l
      LEFT JOIN auditproof.chain_entry c ON c.chain_id = l.organization_id AND c.log_id = l.id
     WHERE l.organization_id = organization;
    latest := coalesce(greatest(latest, auditproof.retention_until(created_at, recorded_at, years)), 'infinity');
    SELECT h.* INTO hold FROM auditproof.legal_hold h
     WHERE h.hold_id IN (SELECT auditproof.holds_of(organization)) ORDER BY h.placed_at, h.hold_id LIMIT 1;
    RAISE EXCEPTION 'organization % has audit entries that must be kept %', organization,
                    CASE WHEN isfinite(latest) THEN 'until ' || to_char(latest, 'YYYY-MM-DD') ELSE 'for ever' END
        USING ERRCODE = 'restrict_violation',
              DETAIL = format('Audit entries are kept for %s years, and the organization with them.', years)
                       || CASE WHEN hold.hold_id IS NULL THEN ''
                               ELSE format(' Legal hold %s (%s) may cover some of them.', hold.hold_id, hold.matter) END,
              HINT = 'Suspend the organization instead, and delete it on that day or later.';
END
$body$;
