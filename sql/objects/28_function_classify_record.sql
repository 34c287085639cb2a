-- Record what a rule set found in the next entries of a chain that classify_claim gave: findings, how far it got, what
-- its correlations have open, all in the caller's transaction. `findings` is an array of objects with seq, rule_id, level,
-- title, closed, detail and groups. The batch is ended once it has most_entries or is most_age old; returns whether it was.
CREATE OR REPLACE FUNCTION auditproof.classify_record(
    chain uuid, rules bytea, from_seq bigint, through_seq bigint, entries bigint, new_state bytea, findings json,
    most_entries bigint, most_age interval)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
AS $body$
DECLARE
    batch auditproof.classification%ROWTYPE;
BEGIN
    SELECT p.* INTO batch FROM auditproof.classification p
     WHERE p.chain_id = chain AND p.ruleset = rules FOR UPDATE;
    IF batch.seq IS DISTINCT FROM from_seq - 1 OR through_seq < from_seq OR entries > through_seq - from_seq + 1
       OR NOT EXISTS (SELECT FROM auditproof.chain_entry e WHERE e.chain_id = chain AND e.seq = through_seq) THEN
        RAISE EXCEPTION 'entries % to % of chain % are not the next to be classified: it stands at %', from_seq,
                        through_seq, chain, batch.seq
            USING ERRCODE = 'serialization_failure';
    END IF;
    INSERT INTO auditproof.risk_finding (chain_id, ruleset, seq, rule_id, log_id, level, title, closed, detail, groups,
                                         found_at)
    SELECT chain, rules, e.seq, f.rule_id, e.log_id, f.level, f.title, f.closed, f.detail, f.groups, clock_timestamp()
      FROM json_to_recordset(findings) AS f (seq bigint, rule_id text, level text, title text, closed boolean, detail json,
                                      groups json)
      JOIN auditproof.chain_entry e ON e.chain_id = chain AND e.seq = f.seq
     WHERE f.seq BETWEEN from_seq AND through_seq;
    UPDATE auditproof.classification p
       SET seq = through_seq, state = new_state, updated_at = clock_timestamp(),
           batch_entries = p.batch_entries + entries,
           batch_from = CASE WHEN p.batch_entries + entries > 0 THEN coalesce(p.batch_from, from_seq) END,
           batch_at = CASE WHEN p.batch_entries + entries > 0 THEN coalesce(p.batch_at, clock_timestamp()) END
     WHERE p.chain_id = chain AND p.ruleset = rules
    RETURNING p.* INTO batch;
    IF batch.batch_entries >= most_entries OR batch.batch_at <= clock_timestamp() - most_age THEN
        PERFORM auditproof.classify_tell(chain, rules);
        RETURN true;
    END IF;
    RETURN false;
END
$body$;
