-- The hash of a chain record, which is its link and its leaf in the chain's Merkle tree (audit-format(5)).
CREATE OR REPLACE FUNCTION auditproof.entry_hash(chain_id uuid, seq bigint, recorded_at timestamptz, prev bytea,
                                                 content_hash bytea) RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
SET search_path = pg_catalog, pg_temp
AS $body$
SELECT sha256(E'\\x0041503145'::bytea || uuid_send(chain_id) || int8send(seq)
              || int8send((extract(epoch FROM recorded_at) * 1000000)::bigint) || prev || content_hash)
$body$;
