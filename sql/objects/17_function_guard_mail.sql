-- Refuses changes of auditproof.report_mail but for a mail on its way: whose it is stays, what was sent is not sent again,
-- and its Message-ID is the same for ever. What ended may go: it has people's addresses.
CREATE OR REPLACE FUNCTION auditproof.guard_mail() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $body$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state IN ('pending', 'failed') AND NEW.attempt = 0 AND NEW.message_id IS NULL THEN
            RETURN NEW;
        END IF;
    ELSIF TG_OP = 'UPDATE' THEN
        IF (NEW.report_id, NEW.scheduled_for, NEW.recipient, NEW.chain_id, NEW.queued_at)
               = (OLD.report_id, OLD.scheduled_for, OLD.recipient, OLD.chain_id, OLD.queued_at)
           AND NEW.attempt >= OLD.attempt AND NEW.message_id IS NOT DISTINCT FROM coalesce(OLD.message_id, NEW.message_id)
           AND OLD.state <> 'sent' THEN
            RETURN NEW;
        END IF;
    ELSIF OLD.state IN ('sent', 'failed') THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION '% of auditproof.report_mail is refused', TG_OP
        USING ERRCODE = 'restrict_violation', HINT = 'What became of a mail is recorded by who sends it.';
END
$body$;
