-- Deletes some of a tenant's rows of performance_analytics that a plan names, from before the plan's cutoff or the one that
-- the policy in force gives now, whichever is earlier, and that no hold covers. How many; 0 when none is left, NULL when the
-- plan's time is over.
CREATE OR REPLACE FUNCTION auditproof.purge_batch_rows(plan bytea, chain uuid, most integer, asked_at timestamptz) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET row_security = on
AS $body$
DECLARE
    claimed CONSTANT uuid := auditproof.purge_claim(plan, NULL, asked_at);
    cutoff timestamptz;
    gone bigint;
BEGIN
    IF claimed IS NULL THEN
        RETURN NULL;
    END IF;
    SELECT least((c.part ->> 'cutoff')::timestamptz,
                 ((clock_timestamp() AT TIME ZONE 'UTC')::date - auditproof.keep_days(chain))::timestamp AT TIME ZONE 'UTC')
      INTO cutoff
      FROM auditproof.purge_plan p CROSS JOIN json_array_elements(p.text::json -> 'chains') AS c (part)
     WHERE p.digest = plan AND c.part ->> 'chain' = chain::text;
    WITH held AS MATERIALIZED (
        SELECT l FROM auditproof.legal_hold l WHERE l.hold_id IN (SELECT auditproof.holds_of(chain))
    ), chosen AS MATERIALIZED (
        SELECT p.ctid AS place FROM public.performance_analytics p
         WHERE auditproof.chain_of(p.organization_id) = chain AND greatest(p."timestamp", p.created_at) < cutoff
           AND NOT EXISTS (SELECT FROM held h
                            WHERE auditproof.hold_covers_row(h.l, p.user_id, p."timestamp", p.created_at))
         LIMIT most
    )
    DELETE FROM public.performance_analytics p WHERE p.ctid = ANY (ARRAY(SELECT c.place FROM chosen c));
    GET DIAGNOSTICS gone = ROW_COUNT;
    IF gone > 0 THEN
        INSERT INTO auditproof.purge_count (digest, chain_id, number, rows, purged_at)
        SELECT plan, chain, coalesce(max(c.number), 0) + 1, gone, clock_timestamp()
          FROM auditproof.purge_count c WHERE c.digest = plan AND c.chain_id = chain;
    END IF;
    RETURN gone;
END
$body$;
