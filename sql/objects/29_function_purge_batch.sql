-- Deletes the next entries of a chain that a plan names, past one seq: those that verify, whose window is over by the
-- policy in force, and that no hold covers. Records what leaves first; the guard of audit_logs asks once more. How far it
-- got, NULL when nothing of the chain is left, and how many left and stayed. No row when the plan's time is over.
CREATE OR REPLACE FUNCTION auditproof.purge_batch(plan bytea, chain uuid, after_seq bigint, most integer, asked_at timestamptz)
RETURNS TABLE (through_seq bigint, purged bigint, kept bigint)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET row_security = on
SET enable_seqscan = off
SET jit = off
AS $body$
DECLARE
    claimed CONSTANT uuid := auditproof.purge_claim(plan, chain, asked_at);
    seqs bigint[];
    ids uuid[];
    first_at timestamptz;
    last_at timestamptz;
    gone bigint;
BEGIN
    IF claimed IS NULL THEN
        RETURN;
    END IF;
    SELECT max(least(s.to_seq, s.to_seq - (s.total - most))) INTO through_seq
      FROM (SELECT r.to_seq, greatest(r.from_seq, after_seq + 1) AS from_seq,
                   sum(r.to_seq - greatest(r.from_seq, after_seq + 1) + 1) OVER (ORDER BY r.from_seq) AS total
              FROM (SELECT * FROM auditproof.purge_plan_range g
                     WHERE g.digest = plan AND g.chain_id = chain AND g.to_seq > after_seq
                       -- what left with its partition
                       AND NOT EXISTS (SELECT FROM auditproof.purge_range p
                                        WHERE p.chain_id = chain AND p.purge_id = claimed AND p.from_seq <= g.from_seq
                                          AND p.to_seq >= g.to_seq)
                     ORDER BY g.from_seq LIMIT most) AS r) AS s
     WHERE s.total - (s.to_seq - s.from_seq + 1) < most;
    IF through_seq IS NULL THEN
        RETURN QUERY SELECT NULL::bigint, 0::bigint, 0::bigint;
        RETURN;
    END IF;
    SELECT array_agg(w.seq ORDER BY w.seq) FILTER (WHERE w.why IS NULL),
           array_agg(w.log_id) FILTER (WHERE w.why IS NULL),
           count(*) FILTER (WHERE w.why <> 'gone'), min(w.created_at), max(w.created_at)
      INTO seqs, ids, kept, first_at, last_at
      FROM auditproof.purge_weigh(plan, chain, after_seq, through_seq) AS w;
    purged := coalesce(cardinality(seqs), 0);
    IF purged > 0 THEN
        INSERT INTO auditproof.purge_range (chain_id, purge_id, from_seq, to_seq, purged_at)
        SELECT chain, claimed, min(s.seq), max(s.seq), clock_timestamp()
          FROM (SELECT u.seq, u.seq - row_number() OVER (ORDER BY u.seq) AS island FROM unnest(seqs) AS u (seq)) AS s
         GROUP BY s.island;
        DELETE FROM public.audit_logs l
         WHERE l.id = ANY (ids) AND coalesce(l.organization_id, '00000000-0000-0000-0000-000000000000') = chain
           AND (l.created_at >= first_at AND l.created_at <= last_at OR l.created_at IS NULL);
        GET DIAGNOSTICS gone = ROW_COUNT;
        IF gone <> purged THEN
            RAISE EXCEPTION '% entries of chain % were to be deleted, and % were', purged, chain, gone
                USING ERRCODE = 'serialization_failure';
        END IF;
        UPDATE auditproof.risk_finding f SET groups = NULL
         WHERE f.chain_id = chain AND f.groups IS NOT NULL AND f.log_id = ANY (ids);
    END IF;
    RETURN NEXT;
END
$body$;
