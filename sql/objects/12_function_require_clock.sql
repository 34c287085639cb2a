-- Raises unless the database's clock can be believed by somebody who deletes because time has passed: not behind what was
-- recorded, sealed or attested, not far from the clock of whoever asks, and, where the log is sealed, not far from its
-- newest checkpoint.
CREATE OR REPLACE FUNCTION auditproof.require_clock(chain uuid, asked_at timestamptz) RETURNS void
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    here CONSTANT timestamptz := clock_timestamp();
    sealed CONSTANT timestamptz := (SELECT c.sealed_at FROM auditproof.checkpoint c ORDER BY c.size DESC LIMIT 1);
    seen record;
BEGIN
    FOR seen IN
        SELECT 'the newest checkpoint was sealed' AS what, sealed AS at
        UNION ALL
        (SELECT 'a checkpoint was attested', a.attested_at FROM auditproof.attestation a
          ORDER BY a.checkpoint_size DESC, a.attested_at DESC LIMIT 1)
        UNION ALL
        SELECT 'the newest entry was recorded', (SELECT e.recorded_at FROM auditproof.chain_entry e
                                                  WHERE e.chain_id = w.id ORDER BY e.seq DESC LIMIT 1)
          FROM (VALUES ('00000000-0000-0000-0000-000000000000'::uuid), (chain)) AS w (id)
    LOOP
        IF seen.at > here THEN
            RAISE EXCEPTION 'the database''s clock is at %, and % at %: it was set back', here, seen.what, seen.at
                USING ERRCODE = 'object_not_in_prerequisite_state',
                      HINT = 'Nothing is purged by a wrong clock. Set it right.';
        END IF;
    END LOOP;
    IF asked_at IS NULL OR asked_at NOT BETWEEN here - interval '5 minutes' AND here + interval '5 minutes' THEN
        RAISE EXCEPTION 'the database''s clock is at %, and that of whoever asks at %', here, asked_at
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  HINT = 'Nothing is purged while the two are more than five minutes apart. Set the wrong one right.';
    END IF;
    IF sealed < here - interval '7 days' THEN
        RAISE EXCEPTION 'the database''s clock is at %, and the newest checkpoint is of %', here, sealed
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  HINT = 'A clock that was set forward would purge too early. Seal first (`auditseal seal`), '
                         'or set the clock right.';
    END IF;
END
$body$;
