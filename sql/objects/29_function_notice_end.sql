-- Records that somebody was told of a trouble, or what went wrong with telling: then it is tried again. False when the claim
-- is no longer the caller's.
CREATE OR REPLACE FUNCTION auditproof.notice_end(report uuid, scheduled timestamptz, moment text, about text, attempt integer,
                                                 error text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $body$
BEGIN
    UPDATE auditproof.report_notice n
       SET told_at = CASE WHEN notice_end.error IS NULL THEN clock_timestamp() END, claimed_until = clock_timestamp(),
           error = notice_end.error
     WHERE n.report_id = report AND n.scheduled_for = scheduled AND n.moment = notice_end.moment AND n.about = notice_end.about
       AND n.attempt = notice_end.attempt AND n.told_at IS NULL;
    RETURN FOUND;
END
$body$;
