-- Claim a mail that is due for so long, or one whose runner stopped without a word: no row when there is none. What was tried
-- `most` times, or has waited for longer than `keep`, ends here, failed, and is returned as that; so does what is for somebody
-- whom the report does not name any more, or, where only members may get it, who is no active member of the organization now,
-- or of a report that was cancelled. What was never tried is not too old.
CREATE OR REPLACE FUNCTION auditproof.mail_claim(runner text, lease interval, most integer, keep interval, members boolean,
                                                 domain text) RETURNS SETOF auditproof.report_mail
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET row_security = on
AS $body$
DECLARE
    now_at CONSTANT timestamptz := clock_timestamp();
    mail auditproof.report_mail;
    why text;
BEGIN
    IF lease NOT BETWEEN interval '1 second' AND interval '1 day' OR most < 1 OR keep IS NULL OR members IS NULL
       OR mail_claim.runner !~ '\S' OR domain !~ '^[A-Za-z0-9.-]{1,189}$' THEN
        RAISE EXCEPTION 'a mail is claimed by a runner with a name and a domain, for a second to a day, to be tried at least once'
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    SELECT m.* INTO mail FROM auditproof.report_mail m
     WHERE m.state IN ('pending', 'sending') AND m.due_at <= now_at AND (m.state = 'pending' OR m.lease_until < now_at)
     ORDER BY m.due_at, m.report_id, m.scheduled_for, m.recipient
     LIMIT 1 FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    why := CASE
        WHEN NOT EXISTS (SELECT FROM public.scheduled_reports r, unnest(r.delivery_emails) AS e (address)
                          WHERE r.id = mail.report_id AND r.organization_id = mail.chain_id
                            AND left(lower(btrim(e.address, E' \t\r\n') COLLATE "C"), 254) = mail.recipient)
            THEN 'is no recipient of the report any more'
        WHEN members AND NOT EXISTS (SELECT FROM public.profiles p
                                      WHERE p.organization_id = mail.chain_id AND lower(p.email COLLATE "C") = mail.recipient
                                        AND p.is_active IS NOT FALSE)
            THEN 'is no active member of the organization'
        WHEN EXISTS (SELECT FROM public.scheduled_reports r WHERE r.id = mail.report_id AND r.status = 'cancelled')
            THEN 'the report was cancelled'
        WHEN mail.attempt - mail.forgiven >= most OR mail.attempt > 0 AND coalesce(mail.again_at, mail.queued_at) < now_at - keep
            THEN format('given up after %s attempts: %s', mail.attempt - mail.forgiven,
                        coalesce(mail.error, format('runner %s stopped without a word', mail.runner)))
    END;
    IF why IS NOT NULL THEN
        mail.state := 'failed';
        mail.error := why;
        mail.lease_until := NULL;
        mail.ended_at := now_at;
    ELSE
        mail.state := 'sending';
        mail.attempt := mail.attempt + 1;
        mail.runner := mail_claim.runner;
        mail.lease_until := now_at + lease;
        mail.message_id := coalesce(mail.message_id,
            format('%s.%s.%s@%s', mail.report_id, auditproof.time_us(mail.scheduled_for),
                   left(encode(sha256(convert_to(mail.recipient, 'UTF8')), 'hex'), 8), domain));
    END IF;
    UPDATE auditproof.report_mail m
       SET state = mail.state, attempt = mail.attempt, runner = mail.runner, lease_until = mail.lease_until,
           message_id = mail.message_id, error = mail.error, ended_at = mail.ended_at
     WHERE m.report_id = mail.report_id AND m.scheduled_for = mail.scheduled_for AND m.recipient = mail.recipient;
    RETURN NEXT mail;
END
$body$;
