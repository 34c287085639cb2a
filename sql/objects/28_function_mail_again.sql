-- Has the mails of a report that failed tried again, as often and for as long as one that was never tried. Returns how many they are.
CREATE OR REPLACE FUNCTION auditproof.mail_again(report uuid) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    now_at CONSTANT timestamptz := clock_timestamp();
    total bigint;
BEGIN
    UPDATE auditproof.report_mail m
       SET state = 'pending', forgiven = m.attempt, due_at = now_at, again_at = now_at, error = NULL, ended_at = NULL
     WHERE m.report_id = report AND m.state = 'failed';
    GET DIAGNOSTICS total = ROW_COUNT;
    RETURN total;
END
$body$;
