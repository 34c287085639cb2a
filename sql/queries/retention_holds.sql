-- Legal holds in force that could cover something of a chain, in the order in which they were placed. What a hold on every
-- organization is about may be another's matter: it is not told. Nor are persons and resources.
-- Parameters: $1 chain; $2 at most so many.
-- Columns: hold, placed at in microseconds since 1970, placed by, scope, matter, custodian, reason, day of review, whether that is
-- past, logins that released it, seq in the system chain of the entry that tells of it, its id.
SELECT h.hold_id, (EXTRACT(epoch FROM h.placed_at) * 1000000)::pg_catalog.int8, h.placed_by,
       pg_catalog.concat_ws('; ', CASE WHEN h.chain_id IS NULL THEN 'every organization' ELSE 'this organization' END,
                            CASE WHEN h.actor_ids IS NOT NULL OR h.actor_email IS NOT NULL THEN 'one actor' END,
                            CASE WHEN h.resource_id IS NOT NULL THEN 'one resource' END,
                            'resources of type ' || h.resource_type, 'actions like ' || h.action_pattern,
                            'from ' || pg_catalog.to_char(h.from_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
                            'until ' || pg_catalog.to_char(h.until_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')),
       CASE WHEN h.chain_id IS NOT NULL THEN h.matter END, CASE WHEN h.chain_id IS NOT NULL THEN h.custodian END,
       CASE WHEN h.chain_id IS NOT NULL THEN h.reason END, h.review_on,
       h.review_on < (pg_catalog.now() AT TIME ZONE 'UTC')::pg_catalog.date,
       (SELECT pg_catalog.string_agg(r.released_by, ', ' ORDER BY r.released_at)
        FROM auditproof.legal_hold_release AS r WHERE r.hold_id = h.hold_id),
       e.seq, h.authorised_by
FROM auditproof.legal_hold AS h
LEFT JOIN auditproof.chain_entry AS e
    ON e.chain_id = '00000000-0000-0000-0000-000000000000' AND e.log_id = h.authorised_by
WHERE (h.chain_id IS NULL OR h.chain_id = $1::pg_catalog.uuid) AND auditproof.hold_in_force(h.hold_id)
ORDER BY h.placed_at, h.hold_id
LIMIT $2::pg_catalog.int8
