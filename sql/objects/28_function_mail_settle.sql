-- Records what became of an attempt: 'sent', 'refused' for good, 'later', or 'blocked', which does not count. `again` is when to
-- try again; without one a mail that was not sent is given up. False when it is no longer the caller's: another runner has it.
CREATE OR REPLACE FUNCTION auditproof.mail_settle(report uuid, scheduled timestamptz, recipient text, attempt integer,
                                                  outcome text, why text, again interval) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    now_at CONSTANT timestamptz := clock_timestamp();
    state_then text;
BEGIN
    IF outcome NOT IN ('sent', 'refused', 'later', 'blocked') THEN
        RAISE EXCEPTION 'a mail is sent, refused, later or blocked, not %', outcome USING ERRCODE = 'invalid_parameter_value';
    END IF;
    state_then := CASE WHEN outcome = 'sent' THEN 'sent' WHEN outcome = 'refused' OR again IS NULL THEN 'failed' ELSE 'pending' END;
    UPDATE auditproof.report_mail m
       SET state = state_then, lease_until = NULL, error = CASE outcome WHEN 'sent' THEN NULL ELSE why END,
           forgiven = m.forgiven + CASE outcome WHEN 'blocked' THEN 1 ELSE 0 END,
           due_at = CASE state_then WHEN 'pending' THEN now_at + again ELSE m.due_at END,
           ended_at = CASE state_then WHEN 'pending' THEN NULL ELSE now_at END
     WHERE m.report_id = report AND m.scheduled_for = scheduled AND m.recipient = mail_settle.recipient
       AND m.attempt = mail_settle.attempt AND m.state = 'sending';
    RETURN FOUND;
END
$body$;
