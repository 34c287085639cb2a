-- Deletes what is known of mail that ended longer than `keep` ago, so much at a time: it has people's addresses. Returns how
-- many they were.
CREATE OR REPLACE FUNCTION auditproof.mail_forget(keep interval) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    total bigint;
BEGIN
    IF keep IS NULL OR keep < interval '30 days' THEN
        RAISE EXCEPTION 'what became of mail is kept for 30 days at least' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    DELETE FROM auditproof.report_mail m
     USING (SELECT o.report_id, o.scheduled_for, o.recipient FROM auditproof.report_mail o
             WHERE o.state IN ('sent', 'failed') AND o.ended_at < clock_timestamp() - keep
             ORDER BY o.ended_at LIMIT 10000 FOR UPDATE SKIP LOCKED) AS old
     WHERE m.report_id = old.report_id AND m.scheduled_for = old.scheduled_for AND m.recipient = old.recipient;
    GET DIAGNOSTICS total = ROW_COUNT;
    RETURN total;
END
$body$;
