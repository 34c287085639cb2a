-- Legal holds that were placed and released in a period, and could cover something of a chain. What a hold on every organization
-- is about may be another's matter: it is not told. Nor are persons and resources.
-- Parameters: $1 chain; $2, $3 from, and before, in microseconds since 1970; $4 at most so many.
-- Columns: when in microseconds since 1970, what happened, hold, scope, matter, reason, day of review, by which login, seq in the
-- system chain of the entry that tells of it, its id, how many there are.
WITH events AS (
    SELECT h.hold_id, h.placed_at AS at, 'placed' AS what, h.placed_by AS by, h.reason, h.authorised_by
    FROM auditproof.legal_hold AS h
    UNION ALL
    SELECT r.hold_id, r.released_at,
           CASE WHEN pg_catalog.row_number() OVER (PARTITION BY r.hold_id ORDER BY r.released_at, r.released_by) = 1
                THEN 'release asked for' ELSE 'released' END, r.released_by, r.reason, r.authorised_by
    FROM auditproof.legal_hold_release AS r
)
SELECT (EXTRACT(epoch FROM v.at) * 1000000)::pg_catalog.int8, v.what, h.hold_id,
       pg_catalog.concat_ws('; ', CASE WHEN h.chain_id IS NULL THEN 'every organization' ELSE 'this organization' END,
                            CASE WHEN h.actor_ids IS NOT NULL OR h.actor_email IS NOT NULL THEN 'one actor' END,
                            CASE WHEN h.resource_id IS NOT NULL THEN 'one resource' END,
                            CASE WHEN h.chain_id IS NOT NULL THEN 'resources of type ' || h.resource_type END,
                            CASE WHEN h.chain_id IS NOT NULL THEN 'actions like ' || h.action_pattern END),
       CASE WHEN h.chain_id IS NOT NULL THEN h.matter END, CASE WHEN h.chain_id IS NOT NULL THEN v.reason END, h.review_on, v.by,
       e.seq, v.authorised_by, pg_catalog.count(*) OVER ()
FROM events AS v
JOIN auditproof.legal_hold AS h ON h.hold_id = v.hold_id
LEFT JOIN auditproof.chain_entry AS e
    ON e.chain_id = '00000000-0000-0000-0000-000000000000' AND e.log_id = v.authorised_by
WHERE (h.chain_id IS NULL OR h.chain_id = $1::pg_catalog.uuid)
  AND v.at >= 'epoch'::pg_catalog.timestamptz + $2::pg_catalog.int8 * '1 microsecond'::pg_catalog.interval
  AND v.at < 'epoch'::pg_catalog.timestamptz + $3::pg_catalog.int8 * '1 microsecond'::pg_catalog.interval
ORDER BY v.at, v.hold_id, v.by
LIMIT $4::pg_catalog.int8
