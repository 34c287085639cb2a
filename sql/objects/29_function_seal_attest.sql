-- Keep what an anchor answered for a checkpoint. Of several from one place the first stays, also when two sealers ask at
-- once. It is called by itself, after the round: by indexes alone, as queries/seal_planner.sql says.
CREATE OR REPLACE FUNCTION auditproof.seal_attest(checkpoint bigint, anchor_kind text, anchor_name text, reply bytea)
RETURNS void
LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET enable_bitmapscan = off
SET jit = off
AS $body$
    INSERT INTO auditproof.attestation (checkpoint_size, kind, name, answer, attested_at)
    VALUES (checkpoint, anchor_kind, anchor_name, reply, clock_timestamp())
        ON CONFLICT DO NOTHING;
$body$;
