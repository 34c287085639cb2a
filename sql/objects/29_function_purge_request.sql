-- Writes a plan of what may leave now (audit-schema(5), PURGES): of one chain, or of all where scope is NULL. Changes
-- nothing else. Returns the plan's digest, or NULL when nothing is due.
CREATE OR REPLACE FUNCTION auditproof.purge_request(scope uuid, tab text, approve_within interval, execute_within interval)
RETURNS bytea
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET row_security = on
SET plan_cache_mode = force_custom_plan
AS $body$
DECLARE
    at CONSTANT timestamptz := clock_timestamp();
    today CONSTANT date := (at AT TIME ZONE 'UTC')::date;
    chain uuid;
    part json;
    parts json[] := '{}';
    plan text;
    told uuid;
BEGIN
    IF approve_within <= interval '0' OR execute_within < approve_within OR execute_within > interval '90 days' THEN
        RAISE EXCEPTION 'a plan is approved within some time, and executed within no less and 90 days at most'
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    PERFORM auditproof.lock_retention();
    FOR chain IN
        SELECT c.chain_id FROM auditproof.purge_chains(tab) AS c (chain_id)
         WHERE scope IS NULL OR c.chain_id = scope ORDER BY c.chain_id
    LOOP
        part := CASE tab WHEN 'audit_logs' THEN auditproof.purge_due(chain, today)
                         ELSE auditproof.purge_due_rows(chain, today) END;
        IF part IS NOT NULL THEN
            parts := parts || part;
        END IF;
    END LOOP;
    IF NOT EXISTS (SELECT FROM unnest(parts) AS p (part) WHERE (p.part ->> 'entries')::bigint > 0) THEN
        RETURN NULL;
    END IF;
    SELECT json_build_object('plan', 'auditproof/purge-plan/1', 'table', tab, 'requested_by', session_user,
                             'requested_at', auditproof.time_text(at), 'as_of', to_char(today, 'YYYY-MM-DD'),
                             'approve_by', auditproof.time_text(at + approve_within),
                             'execute_by', auditproof.time_text(at + execute_within), 'scope', scope,
                             'entries', sum((p.part ->> 'entries')::bigint), 'bytes', sum((p.part ->> 'bytes')::bigint),
                             'held', sum((p.part ->> 'held_entries')::bigint), 'chains', json_agg(p.part ORDER BY p.place))::text
      INTO plan
      FROM unnest(parts) WITH ORDINALITY AS p (part, place);
    told := auditproof.tell_retention('00000000-0000-0000-0000-000000000000', 'audit.purge_planned', tab, NULL, 'medium',
        jsonb_build_object('plan', encode(sha256(convert_to(plan, 'UTF8')), 'hex'), 'entries', (plan::json ->> 'entries')::bigint,
                           'as_of', today));
    INSERT INTO auditproof.purge_plan (digest, text, requested_by, requested_at, authorised_by)
    VALUES (sha256(convert_to(plan, 'UTF8')), plan, session_user, at, told);
    INSERT INTO auditproof.purge_plan_range (digest, chain_id, from_seq, to_seq)
    SELECT sha256(convert_to(plan, 'UTF8')), r.chain_id, r.from_seq, r.to_seq FROM auditproof.purge_ranges(plan::json) r;
    RETURN sha256(convert_to(plan, 'UTF8'));
END
$body$;
