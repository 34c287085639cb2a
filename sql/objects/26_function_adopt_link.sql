-- auditproof.adopt_link(chains, log_ids, contents): append entries to their chains, the arrays being parallel and sorted
-- by chain, and keep in auditproof.adoption_range which they are. The links are those of audit-format(5), CHAIN.
CREATE OR REPLACE FUNCTION auditproof.adopt_link(chains uuid[], log_ids uuid[], contents bytea[])
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET enable_bitmapscan = off
SET jit = off
AS $body$
DECLARE
    total constant integer := cardinality(chains);
    rest integer := 0;
    rest_chains uuid[] := '{}';
    rest_seqs bigint[] := '{}';
    rest_ids uuid[] := '{}';
    rest_times timestamptz[] := '{}';
    rest_contents bytea[] := '{}';
    rest_hashes bytea[] := '{}';
    chain uuid;
    chain_bytes bytea;
    at_seq bigint;
    first_seq bigint;
    hash bytea;
    now_at timestamptz;
    now_bytes bytea;
BEGIN
    FOR i IN 1 .. total LOOP
        IF chain IS DISTINCT FROM chains[i] THEN
            chain := chains[i];
            chain_bytes := E'\\x0041503145'::bytea || uuid_send(chain);
            -- Like auditproof.append, but queueing, in the same queue, only once another was at the head: a batch may
            -- touch more chains than there is room for locks. The chain is ours once our first entry is in.
            LOOP
                SELECT e.seq, e.entry_hash, e.recorded_at INTO at_seq, hash, now_at
                FROM auditproof.chain_entry e WHERE e.chain_id = chain ORDER BY e.seq DESC LIMIT 1;
                IF NOT FOUND THEN
                    INSERT INTO auditproof.chain (chain_id) VALUES (chain) ON CONFLICT DO NOTHING;
                END IF;
                at_seq := coalesce(at_seq, 0) + 1;
                hash := coalesce(hash, decode(repeat('00', 32), 'hex'));
                now_at := greatest(clock_timestamp(), now_at);
                now_bytes := int8send((extract(epoch FROM now_at) * 1000000)::bigint);
                hash := sha256(chain_bytes || int8send(at_seq) || now_bytes || hash || contents[i]);
                INSERT INTO auditproof.chain_entry (chain_id, seq, log_id, recorded_at, content_hash, entry_hash)
                VALUES (chain, at_seq, log_ids[i], now_at, contents[i], hash)
                ON CONFLICT (chain_id, seq) DO NOTHING;
                EXIT WHEN FOUND;
                PERFORM pg_advisory_xact_lock(uuid_hash_extended(chain, 1095774533));
            END LOOP;
            first_seq := at_seq;
        ELSE
            at_seq := at_seq + 1;
            hash := sha256(chain_bytes || int8send(at_seq) || now_bytes || hash || contents[i]);
            rest := rest + 1;
            rest_chains[rest] := chain;
            rest_seqs[rest] := at_seq;
            rest_ids[rest] := log_ids[i];
            rest_times[rest] := now_at;
            rest_contents[rest] := contents[i];
            rest_hashes[rest] := hash;
        END IF;
        IF i = total OR chains[i + 1] <> chain THEN
            PERFORM auditproof.adopt_record(chain, first_seq, at_seq);
        END IF;
    END LOOP;
    INSERT INTO auditproof.chain_entry (chain_id, seq, log_id, recorded_at, content_hash, entry_hash)
    SELECT * FROM unnest(rest_chains, rest_seqs, rest_ids, rest_times, rest_contents, rest_hashes);
END
$body$;
