-- Ends a rule set's open batch in a chain, which is claimed: one chained entry tells of its range, rule set, counts and
-- findings (audit-schema(5), CLASSIFICATION). Its id is of a hash of its salt, which no application can choose: none can
-- write an entry that would be taken for one of these and so not be classified. The chain of an organization that is
-- gone cannot be written to: the system chain tells of it. The entry is chained at once, so that the position can move
-- past it where nobody wrote in between.
CREATE OR REPLACE FUNCTION auditproof.classify_tell(chain uuid, rules bytea) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET row_security = on
SET enable_seqscan = off
AS $body$
DECLARE
    salt CONSTANT bytea := uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid());
    new_id CONSTANT uuid := encode(substr(sha256('auditproof/classification'::bytea || salt), 1, 16), 'hex')::uuid;
    home CONSTANT uuid := CASE WHEN chain <> '00000000-0000-0000-0000-000000000000'
                                    AND auditproof.organization_exists(chain) IS NOT FALSE THEN chain END;
    batch auditproof.classification%ROWTYPE;
    sums record;
    told_at bigint;
BEGIN
    -- An entry that others may have seen must outlast a crash, whatever the caller thought of its batch.
    SET LOCAL synchronous_commit TO DEFAULT;
    SELECT p.* INTO batch FROM auditproof.classification p WHERE p.chain_id = chain AND p.ruleset = rules;
    SELECT count(*) AS findings,
           jsonb_build_object('critical', count(*) FILTER (WHERE f.level = 'critical'),
                              'high', count(*) FILTER (WHERE f.level = 'high'),
                              'medium', count(*) FILTER (WHERE f.level = 'medium'),
                              'low', count(*) FILTER (WHERE f.level = 'low'),
                              'informational', count(*) FILTER (WHERE f.level = 'informational')) AS levels,
           encode(sha256(convert_to(coalesce(string_agg(
               json_build_array(f.seq, f.log_id, f.rule_id, f.level, f.title, f.closed, f.detail)::text || E'\n', ''
               ORDER BY f.seq, f.rule_id COLLATE "C"), ''), 'UTF8')), 'hex') AS digest
      INTO sums
      FROM auditproof.risk_finding f
     WHERE f.chain_id = chain AND f.ruleset = rules AND f.seq BETWEEN batch.batch_from AND batch.seq;
    INSERT INTO public.audit_logs (id, organization_id, actor_role, action, resource_type, risk_level, metadata,
                                   chain_salt)
    VALUES (new_id, home, session_user, 'audit.classified', 'audit_logs', 'low',
            jsonb_build_object('source', 'auditproof', 'chain_id', chain, 'ruleset', encode(rules, 'hex'),
                               'from_seq', batch.batch_from, 'through_seq', batch.seq, 'entries', batch.batch_entries,
                               'findings', sums.findings, 'levels', sums.levels, 'digest', sums.digest,
                               'login', session_user), salt);
    SET CONSTRAINTS public.auditproof_chain IMMEDIATE;
    SELECT e.seq INTO told_at FROM auditproof.chain_entry e WHERE e.chain_id = chain AND e.log_id = new_id;
    UPDATE auditproof.classification p
       SET seq = CASE told_at WHEN p.seq + 1 THEN told_at ELSE p.seq END,
           batch_from = NULL, batch_entries = 0, batch_at = NULL, updated_at = clock_timestamp()
     WHERE p.chain_id = chain AND p.ruleset = rules;
END
$body$;
