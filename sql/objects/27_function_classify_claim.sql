-- Claim a chain for a rule set until the transaction ends: how far it got, what its correlations have open, and how many
-- entries its open batch has. No row when another follower has claimed it. A rule set that is new to the chain begins
-- after the entry that `start` names: 'first' before all, 'now' at the head, 'furthest' where any rule set got. What is
-- no chain has no position: anybody can notify of anything.
CREATE OR REPLACE FUNCTION auditproof.classify_claim(chain uuid, rules bytea, start text)
RETURNS TABLE (seq bigint, state bytea, batch_entries bigint)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
AS $body$
BEGIN
    IF NOT EXISTS (SELECT FROM auditproof.classification p WHERE p.chain_id = chain AND p.ruleset = rules) THEN
        INSERT INTO auditproof.classification (chain_id, ruleset, seq, batch_entries, updated_at)
        SELECT chain, rules,
               coalesce(CASE start
                        WHEN 'first' THEN 0
                        WHEN 'now' THEN (SELECT e.seq FROM auditproof.chain_entry e WHERE e.chain_id = chain
                                         ORDER BY e.seq DESC LIMIT 1)
                        ELSE (SELECT max(p.seq) FROM auditproof.classification p WHERE p.chain_id = chain) END, 0),
               0, clock_timestamp()
          FROM auditproof.chain c WHERE c.chain_id = chain
        ON CONFLICT DO NOTHING;
    END IF;
    RETURN QUERY
        SELECT p.seq, p.state, p.batch_entries FROM auditproof.classification p
        WHERE p.chain_id = chain AND p.ruleset = rules
        FOR UPDATE SKIP LOCKED;
END
$body$;
