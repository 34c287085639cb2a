-- Appends to a chain: the way for the first entry of one, which is registered here, and for whoever met another
-- transaction at the head. These queue, by an advisory lock that is kept to the transaction's end. Whoever registers the
-- chain need not, so that however many chains a transaction begins, it does not fill the server's table of locks.
--
-- The lock orders the queue and nothing depends on it. As any login can take it, it is waited for a tenth of a second at
-- most; then the row of the chain is, which is slower, and which nobody else can lock.
--
-- Each turn of the loop reads the head by a snapshot of its own, taken after the wait. What is done between getting the
-- lock and the commit bounds how many entries a second one tenant can have: hence no call of auditproof.entry_hash.
CREATE OR REPLACE FUNCTION auditproof.append(chain uuid, log_id uuid, content bytea) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
AS $body$
DECLARE
    head bigint;
    prev bytea;
    link bytea;
    at timestamptz;
    patience text;
BEGIN
    INSERT INTO auditproof.chain (chain_id) VALUES (chain) ON CONFLICT DO NOTHING;
    IF NOT FOUND AND NOT pg_try_advisory_xact_lock(uuid_hash_extended(chain, 1095774533)) THEN
        patience := current_setting('lock_timeout');
        BEGIN
            IF patience = '0' THEN
                PERFORM set_config('lock_timeout', '100ms', true);
            END IF;
            PERFORM pg_advisory_xact_lock(uuid_hash_extended(chain, 1095774533));
            PERFORM set_config('lock_timeout', patience, true);
        EXCEPTION WHEN lock_not_available THEN
            PERFORM FROM auditproof.chain c WHERE c.chain_id = chain FOR UPDATE;
        END;
    END IF;
    LOOP
        SELECT e.seq, e.entry_hash INTO head, prev
          FROM auditproof.chain_entry e WHERE e.chain_id = chain ORDER BY e.seq DESC LIMIT 1;
        IF NOT FOUND THEN
            head := 0;
            prev := E'\\x0000000000000000000000000000000000000000000000000000000000000000';
        END IF;
        at := clock_timestamp();
        head := head + 1;
        link := sha256(E'\\x0041503145'::bytea || uuid_send(chain) || int8send(head)
                       || timestamptz_send(at + interval '262968 hours') || prev || content);
        INSERT INTO auditproof.chain_entry (chain_id, seq, log_id, recorded_at, content_hash, entry_hash)
        VALUES (chain, head, log_id, at, content, link)
        ON CONFLICT (chain_id, seq) DO NOTHING;
        EXIT WHEN FOUND;
    END LOOP;
END
$body$;
