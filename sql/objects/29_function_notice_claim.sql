-- Claims a trouble that nobody was told of, among `moments`, to tell somebody within `lease`. Not one that was tried since
-- `started`: that waits for the next call. No row where there is none.
CREATE OR REPLACE FUNCTION auditproof.notice_claim(moments text[], grace interval, lease interval, started timestamptz)
RETURNS TABLE (report_id uuid, scheduled_for timestamptz, moment text, about text, attempt integer, notice json)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET row_security = on
AS $body$
#variable_conflict use_column
DECLARE
    now_at CONSTANT timestamptz := clock_timestamp();
    t record;
    tries integer;
BEGIN
    IF lease NOT BETWEEN interval '1 second' AND interval '1 day' THEN
        RAISE EXCEPTION 'a notice is claimed for a second to a day' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    FOR t IN
        SELECT x.*
          FROM auditproof.report_trouble(grace) x LEFT JOIN auditproof.report_notice n USING (report_id, scheduled_for, moment, about)
         WHERE x.moment = ANY (moments)
           AND (n.attempt IS NULL OR n.told_at IS NULL AND n.claimed_until < now_at AND n.tried_at < started)
         ORDER BY n.tried_at NULLS FIRST, x.since, x.report_id
    LOOP
        tries := NULL;
        -- Whoever else claims it just now has it: the key decides.
        INSERT INTO auditproof.report_notice AS n (report_id, scheduled_for, moment, about, chain_id, attempt, tried_at, claimed_until)
        VALUES (t.report_id, t.scheduled_for, t.moment, t.about, t.chain_id, 1, now_at, now_at + lease)
        ON CONFLICT ON CONSTRAINT report_notice_pkey DO UPDATE
           SET attempt = n.attempt + 1, tried_at = now_at, claimed_until = now_at + lease
         WHERE n.told_at IS NULL AND n.claimed_until < now_at AND n.tried_at < started
        RETURNING n.attempt INTO tries;
        IF tries IS NOT NULL THEN
            RETURN QUERY SELECT t.report_id, t.scheduled_for, t.moment, t.about, tries,
                json_build_object('notice', t.moment, 'report_id', t.report_id, 'organization_id', t.chain_id,
                    'report_type', t.report_type, 'report_name', left(t.name, 255), 'format', t.format,
                    'scheduled_for', CASE WHEN t.moment <> 'wrong' THEN auditproof.time_text(t.scheduled_for) END,
                    'from', auditproof.time_text(t.from_at), 'until', auditproof.time_text(t.until_at), 'state', t.state,
                    'since', auditproof.time_text(t.since), 'attempt', t.attempt, 'runner', t.runner,
                    'lease_until', auditproof.time_text(t.lease_until), 'error', t.error, 'recipient', t.recipient,
                    'database', current_database(),
                    'tries', tries);
            RETURN;
        END IF;
    END LOOP;
END
$body$;
