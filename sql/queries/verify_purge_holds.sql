-- What left while a legal hold was in force that covers it. The rows are gone, so that of a hold that is about an actor, a
-- resource or an action it can only be told where an earlier plan says that the hold keeps it. When a range left is not believed to be
-- before the entry that tells of the purge's beginning, nor a release to come before it that is later than the entry that tells
-- of the certificate; with a tenant, a range left when that is told of.
-- Parameters: $1 chain id or NULL for all; of what plans say that a hold keeps, $2 chains, $3 and $4 first and last seqs, $5 the
-- holds.
-- Result: chain_id, first seq, how many entries, hold id, the hold's matter.
WITH purges AS MATERIALIZED (
    SELECT p.chain_id, p.purge_id, p.purged_at, x.digest IS NULL AS of_tenant, b.recorded_at AS begun_at, c.recorded_at AS ended_at
    FROM auditproof.purge AS p
    LEFT JOIN auditproof.purge_execution AS x ON x.purge_id = p.purge_id
    LEFT JOIN auditproof.chain_entry AS b
        ON b.chain_id = '00000000-0000-0000-0000-000000000000' AND b.log_id = p.authorised_by
    LEFT JOIN auditproof.chain_entry AS c
        ON c.chain_id = '00000000-0000-0000-0000-000000000000'
        AND c.log_id = pg_catalog.encode(pg_catalog.substr(pg_catalog.sha256(
                'auditproof/certificate'::pg_catalog.bytea OPERATOR(pg_catalog.||) x.digest
                OPERATOR(pg_catalog.||) pg_catalog.uuid_send(x.purge_id)), 1, 16), 'hex')::pg_catalog.uuid
), ranges AS (
    SELECT r.chain_id, r.from_seq, r.to_seq,
           CASE WHEN p.of_tenant THEN coalesce(p.begun_at, p.purged_at)
                ELSE GREATEST(coalesce(r.purged_at, p.purged_at), p.begun_at) END AS at, p.ended_at
    FROM auditproof.purge_range AS r
    LEFT JOIN purges AS p ON p.chain_id = r.chain_id AND p.purge_id = r.purge_id
    WHERE $1::pg_catalog.uuid IS NULL OR r.chain_id = $1::pg_catalog.uuid
), left_under AS (
    SELECT r.chain_id, r.from_seq, r.to_seq, h.hold_id, h.matter, h.from_at, h.until_at,
           h.actor_ids IS NULL AND h.actor_email IS NULL AND h.resource_type IS NULL AND h.resource_id IS NULL
           AND h.action_pattern IS NULL AS general
    FROM auditproof.legal_hold AS h
    JOIN ranges AS r ON h.chain_id IS NULL OR r.chain_id = h.chain_id
    WHERE h.placed_at < r.at
      AND (SELECT pg_catalog.count(DISTINCT s.released_by) FROM auditproof.legal_hold_release AS s
           WHERE s.hold_id = h.hold_id AND s.released_at < LEAST(r.at, r.ended_at)) < 2
), seqs AS (
    SELECT u.chain_id, e.seq, u.hold_id, u.matter
    FROM left_under AS u
    JOIN auditproof.chain_entry AS e ON e.chain_id = u.chain_id AND e.seq >= u.from_seq AND e.seq <= u.to_seq
    WHERE u.general AND (u.from_at IS NULL OR e.recorded_at >= u.from_at) AND (u.until_at IS NULL OR e.recorded_at < u.until_at)
    UNION
    SELECT u.chain_id, e.seq, u.hold_id, u.matter
    FROM left_under AS u
    JOIN ROWS FROM (pg_catalog.unnest($2::pg_catalog.uuid[]), pg_catalog.unnest($3::pg_catalog.int8[]),
                    pg_catalog.unnest($4::pg_catalog.int8[]), pg_catalog.unnest($5::pg_catalog.uuid[]))
         AS k(chain_id, from_seq, to_seq, hold_id)
        ON k.chain_id = u.chain_id AND k.hold_id = u.hold_id AND k.from_seq <= u.to_seq AND k.to_seq >= u.from_seq
    JOIN auditproof.chain_entry AS e
        ON e.chain_id = u.chain_id AND e.seq >= GREATEST(k.from_seq, u.from_seq) AND e.seq <= LEAST(k.to_seq, u.to_seq)
)
SELECT s.chain_id, pg_catalog.min(s.seq), pg_catalog.count(*), s.hold_id, s.matter
FROM seqs AS s
GROUP BY s.chain_id, s.hold_id, s.matter
ORDER BY 1, 2;
