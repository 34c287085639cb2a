-- auditproof.adopt_record(chain, first_seq, last_seq): keep that these entries of a chain were adopted. A range that
-- follows the last one without new entries between lengthens it.
CREATE OR REPLACE FUNCTION auditproof.adopt_record(chain uuid, first_seq bigint, last_seq bigint)
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    open_number integer;
BEGIN
    UPDATE auditproof.adoption a
    SET adopted_count = a.adopted_count + adopt_record.last_seq - adopt_record.first_seq + 1
    WHERE a.chain_id = chain AND a.finished_log_id IS NULL AND a.started_log_id IS NOT NULL
    RETURNING a.number INTO open_number;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'chain % has rows to adopt but no adoption that was started', chain
            USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'Run auditmigrate adopt again.';
    END IF;
    UPDATE auditproof.adoption_range r
    SET last_seq = adopt_record.last_seq
    WHERE r.chain_id = chain AND r.number = open_number AND r.last_seq = adopt_record.first_seq - 1
      AND r.first_seq = (SELECT max(m.first_seq) FROM auditproof.adoption_range m WHERE m.chain_id = chain);
    IF NOT FOUND THEN
        INSERT INTO auditproof.adoption_range (chain_id, first_seq, last_seq, number)
        VALUES (chain, adopt_record.first_seq, adopt_record.last_seq, open_number);
    END IF;
END
$body$;
