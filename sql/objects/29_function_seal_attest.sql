-- Keep what an anchor answered for a checkpoint. The same answer twice is one; another from the same place is refused. It
-- is called by itself, after the round: by indexes alone, as queries/seal_planner.sql says.
CREATE OR REPLACE FUNCTION auditproof.seal_attest(checkpoint bigint, anchor_kind text, anchor_name text, reply bytea)
RETURNS void
LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET enable_bitmapscan = off
SET jit = off
AS $body$
    INSERT INTO auditproof.attestation (checkpoint_size, kind, name, answer, attested_at)
    SELECT checkpoint, anchor_kind, anchor_name, reply, clock_timestamp()
     WHERE NOT EXISTS (SELECT FROM auditproof.attestation a
                        WHERE a.checkpoint_size = checkpoint AND a.kind = anchor_kind AND a.name = anchor_name);
$body$;
