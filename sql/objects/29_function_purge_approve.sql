-- Approves a plan: another login than the one that asked for it does, in time.
CREATE OR REPLACE FUNCTION auditproof.purge_approve(plan bytea) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    wanted auditproof.purge_plan;
    before auditproof.purge_approval;
    told uuid;
BEGIN
    SELECT p.* INTO wanted FROM auditproof.purge_plan p WHERE p.digest = plan FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no plan %', encode(plan, 'hex') USING ERRCODE = 'invalid_parameter_value';
    END IF;
    SELECT a.* INTO before FROM auditproof.purge_approval a WHERE a.digest = plan;
    IF FOUND THEN
        RAISE EXCEPTION 'the plan was approved by % at %', before.approved_by, before.approved_at
            USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    IF session_user = wanted.requested_by THEN
        RAISE EXCEPTION 'the plan was asked for by %, who cannot approve it', session_user
            USING ERRCODE = 'restrict_violation', HINT = 'Another login of a member of auditproof_approver approves it.';
    END IF;
    IF clock_timestamp() > (wanted.text::json ->> 'approve_by')::timestamptz THEN
        RAISE EXCEPTION 'the plan was to be approved by %', wanted.text::json ->> 'approve_by'
            USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'Make another plan.';
    END IF;
    told := auditproof.tell_retention('00000000-0000-0000-0000-000000000000', 'audit.purge_approved',
        wanted.text::json ->> 'table', NULL, 'high', jsonb_build_object('plan', encode(plan, 'hex')));
    INSERT INTO auditproof.purge_approval (digest, approved_by, approved_at, authorised_by)
    VALUES (plan, session_user, clock_timestamp(), told);
END
$body$;
