-- Append seals to the seal log: an array of objects with log_index, chain_id, size, root and entry_hash (hexadecimal), in
-- the order of log_index, which goes on where the log ends. Each is of an entry that is there, as it is there.
CREATE OR REPLACE FUNCTION auditproof.seal_record(seals json, at timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    next_index bigint;
    kept bigint;
BEGIN
    SELECT coalesce(max(s.log_index) + 1, 0) INTO next_index FROM auditproof.seal s;
    INSERT INTO auditproof.seal (log_index, chain_id, size, root, entry_hash, sealed_at)
    SELECT s.log_index, s.chain_id, s.size, decode(s.root, 'hex'), e.entry_hash, at
      FROM json_to_recordset(seals) AS s (log_index bigint, chain_id uuid, size bigint, root text, entry_hash text)
     CROSS JOIN LATERAL (SELECT c.entry_hash FROM auditproof.chain_entry c
                          WHERE c.chain_id = s.chain_id AND c.seq = s.size LIMIT 1) AS e
     WHERE e.entry_hash = decode(s.entry_hash, 'hex')
       AND coalesce((SELECT o.size FROM auditproof.seal o WHERE o.chain_id = s.chain_id ORDER BY o.size DESC LIMIT 1), 0)
           < s.size;
    GET DIAGNOSTICS kept = ROW_COUNT;
    IF kept <> json_array_length(seals)
       OR (SELECT count(*) FROM auditproof.seal s WHERE s.log_index >= next_index) <> kept
       OR (SELECT max(s.log_index) FROM auditproof.seal s) <> next_index + kept - 1 THEN
        RAISE EXCEPTION 'the seals do not go on where the seal log ends, at %', next_index
            USING ERRCODE = 'serialization_failure';
    END IF;
END
$body$;
