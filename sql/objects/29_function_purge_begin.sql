-- Begins what a plan says, or goes on with it: the key, a verifier key, is that by which the certificate will be signed.
-- asked_at is the clock of whoever asks. Returns the id of the purge.
CREATE OR REPLACE FUNCTION auditproof.purge_begin(plan bytea, key text, archives jsonb, asked_at timestamptz) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    wanted auditproof.purge_plan;
    says json;
    tab text;
    begun auditproof.purge_execution;
    approval auditproof.purge_approval;
    part record;
    told uuid;
    new_id CONSTANT uuid := gen_random_uuid();
BEGIN
    SELECT p.* INTO wanted FROM auditproof.purge_plan p WHERE p.digest = plan FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no plan %', encode(plan, 'hex') USING ERRCODE = 'invalid_parameter_value';
    END IF;
    says := wanted.text;
    tab := says ->> 'table';
    SELECT x.* INTO begun FROM auditproof.purge_execution x WHERE x.digest = plan;
    IF FOUND THEN
        PERFORM auditproof.require_clock(NULL, asked_at);
        IF begun.key <> purge_begin.key THEN
            RAISE EXCEPTION 'the purge was begun with another key, %', begun.key
                USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'Give that one.';
        END IF;
        RETURN begun.purge_id;
    END IF;
    SELECT a.* INTO approval FROM auditproof.purge_approval a WHERE a.digest = plan;
    IF NOT FOUND OR approval.approved_by = wanted.requested_by THEN
        RAISE EXCEPTION 'the plan is not approved by another login than %', wanted.requested_by
            USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'A member of auditproof_approver approves it.';
    END IF;
    IF clock_timestamp() > (says ->> 'execute_by')::timestamptz THEN
        RAISE EXCEPTION 'the plan was to be executed by %', says ->> 'execute_by'
            USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'Make another plan.';
    END IF;
    PERFORM auditproof.require_clock(NULL, asked_at);
    PERFORM auditproof.lock_retention();
    FOR part IN
        SELECT (c.part ->> 'chain')::uuid AS chain, c.part -> 'policy' AS policy,
               coalesce(c.part ->> 'years', c.part ->> 'days')::integer AS period
          FROM json_array_elements(says -> 'chains') AS c (part)
    LOOP
        IF part.policy::text <> auditproof.purge_policy(part.chain, tab)::text
           OR part.period <> (CASE tab WHEN 'audit_logs' THEN auditproof.keep_years(part.chain)
                                                                 ELSE auditproof.keep_days(part.chain) END) THEN
            RAISE EXCEPTION 'the retention policy of % was changed since the plan was made', part.chain
                USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'Make another plan.';
        END IF;
    END LOOP;
    IF EXISTS (SELECT FROM auditproof.purge_ranges(says) r
                 FULL JOIN (SELECT * FROM auditproof.purge_plan_range g WHERE g.digest = plan) AS g
                   ON (g.chain_id, g.from_seq, g.to_seq) = (r.chain_id, r.from_seq, r.to_seq)
                WHERE g.chain_id IS NULL OR r.chain_id IS NULL) THEN
        RAISE EXCEPTION 'the ranges on record are not those of the plan''s text'
            USING ERRCODE = 'data_corrupted', HINT = 'Somebody changed auditproof.purge_plan_range. Run auditverify.';
    END IF;
    told := auditproof.tell_retention('00000000-0000-0000-0000-000000000000', 'audit.entries_purged',
        tab, NULL, 'high',
        jsonb_build_object('plan', encode(plan, 'hex'), 'purge_id', new_id,
                           'entries', (says ->> 'entries')::bigint, 'key', key, 'archives', archives));
    INSERT INTO auditproof.purge_execution (digest, purge_id, executed_by, started_at, key, archives, authorised_by)
    VALUES (plan, new_id, session_user, clock_timestamp(), key, archives, told);
    INSERT INTO auditproof.purge (chain_id, purge_id, purged_at, reason, entries, authorised_by)
    SELECT (c.part ->> 'chain')::uuid, new_id, clock_timestamp(), 'retention', (c.part ->> 'entries')::bigint, told
      FROM json_array_elements(says -> 'chains') AS c (part)
     WHERE tab = 'audit_logs' AND (c.part ->> 'entries')::bigint > 0;
    RETURN new_id;
END
$body$;
