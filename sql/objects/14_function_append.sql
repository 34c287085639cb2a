-- Appends to a chain while holding its row, which it makes when there is none: the way for the first entry of a chain,
-- and for whoever met another transaction at the head. Lock and head are two statements, for in one the head would be
-- read by a snapshot older than the lock.
CREATE OR REPLACE FUNCTION auditproof.append(chain uuid, log_id uuid, content bytea) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
AS $body$
DECLARE
    head bigint;
    prev bytea;
    at timestamptz;
BEGIN
    LOOP
        PERFORM FROM auditproof.chain c WHERE c.chain_id = chain FOR UPDATE;
        IF NOT FOUND THEN
            INSERT INTO auditproof.chain (chain_id) VALUES (chain) ON CONFLICT DO NOTHING;
            CONTINUE;
        END IF;
        SELECT e.seq, e.entry_hash INTO head, prev
          FROM auditproof.chain_entry e WHERE e.chain_id = chain ORDER BY e.seq DESC LIMIT 1;
        IF NOT FOUND THEN
            head := 0;
            prev := E'\\x0000000000000000000000000000000000000000000000000000000000000000';
        END IF;
        at := clock_timestamp();
        INSERT INTO auditproof.chain_entry (chain_id, seq, log_id, recorded_at, content_hash, entry_hash)
        VALUES (chain, head + 1, log_id, at, content, auditproof.entry_hash(chain, head + 1, at, prev, content))
        ON CONFLICT (chain_id, seq) DO NOTHING;
        EXIT WHEN FOUND;
    END LOOP;
END
$body$;
