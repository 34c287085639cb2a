-- Legal holds that a checkpoint's time saw, and that could cover something of a chain. What a hold on every organization is
-- about may be another's matter: it is not told. Nor are persons and resources.
-- Parameters: $1 chain id; $2 as of, in microseconds since 1970.
-- Result: hold, placed and released at in microseconds since 1970, scope, matter, custodian, reason, day of review, the entry of
-- the system chain that tells of it, a note.
WITH held AS (
    SELECT h.*, h.chain_id IS NULL AS of_all,
           (SELECT r.released_at FROM auditproof.legal_hold_release AS r WHERE r.hold_id = h.hold_id
            ORDER BY r.released_at, r.released_by LIMIT 1 OFFSET 1) AS released_at
    FROM auditproof.legal_hold AS h
    WHERE h.chain_id IS NULL OR h.chain_id = $1::pg_catalog.uuid
)
SELECT h.hold_id, (EXTRACT(epoch FROM h.placed_at) * 1000000)::pg_catalog.int8,
       CASE WHEN h.released_at <= a.as_of THEN (EXTRACT(epoch FROM h.released_at) * 1000000)::pg_catalog.int8 END,
       pg_catalog.concat_ws('; ', CASE WHEN h.of_all THEN 'every organization' ELSE 'this chain' END,
                            CASE WHEN h.actor_ids IS NOT NULL OR h.actor_email IS NOT NULL THEN 'one actor' END,
                            CASE WHEN h.resource_id IS NOT NULL THEN 'one resource' END,
                            'resources of type ' || h.resource_type, 'actions like ' || h.action_pattern,
                            'from ' || pg_catalog.to_char(h.from_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
                            'until ' || pg_catalog.to_char(h.until_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')),
       CASE WHEN NOT h.of_all THEN h.matter END, CASE WHEN NOT h.of_all THEN h.custodian END,
       CASE WHEN NOT h.of_all THEN h.reason END, h.review_on, h.authorised_by,
       pg_catalog.concat_ws(' ', CASE WHEN h.of_all THEN 'What it is about is not told here, for it may concern others.' END,
                            CASE WHEN h.review_on < (a.as_of AT TIME ZONE 'UTC')::pg_catalog.date
                                      AND (h.released_at IS NULL OR h.released_at > a.as_of)
                                 THEN 'Its review is overdue.' END)
FROM held AS h
CROSS JOIN (SELECT 'epoch'::pg_catalog.timestamptz + $2::pg_catalog.int8 * '1 microsecond'::pg_catalog.interval AS as_of) AS a
WHERE h.placed_at <= a.as_of
ORDER BY h.placed_at, h.hold_id;
