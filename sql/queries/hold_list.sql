-- Legal holds, in the order in which they were placed.
-- Parameters: $1 those that could cover something of this chain only, or NULL; $2 those released, too.
-- Columns: hold, chain (NULL for every tenant), actor, resource type, resource, action, from, until, matter, custodian, reason,
-- review, placed by, placed at, released by, in force, review overdue.
SELECT h.hold_id, h.chain_id,
       NULLIF(pg_catalog.concat_ws(', ', h.actor_email, pg_catalog.array_to_string(h.actor_ids, ', ')), '') AS actor,
       h.resource_type, h.resource_id, h.action_pattern,
       pg_catalog.to_char(h.from_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS from_at,
       pg_catalog.to_char(h.until_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS until_at,
       h.matter, h.custodian, h.reason, h.review_on, h.placed_by,
       pg_catalog.to_char(h.placed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS placed_at,
       r.released_by, f.in_force,
       f.in_force AND h.review_on < (pg_catalog.now() AT TIME ZONE 'UTC')::pg_catalog.date AS overdue
FROM auditproof.legal_hold AS h
CROSS JOIN LATERAL (SELECT auditproof.hold_in_force(h.hold_id) AS in_force) AS f
CROSS JOIN LATERAL (SELECT pg_catalog.string_agg(x.released_by, ', ' ORDER BY x.released_at) AS released_by
                    FROM auditproof.legal_hold_release AS x WHERE x.hold_id = h.hold_id) AS r
WHERE (f.in_force OR $2::pg_catalog.bool)
  AND ($1::pg_catalog.uuid IS NULL OR h.chain_id IS NULL OR h.chain_id = $1::pg_catalog.uuid)
ORDER BY h.placed_at, h.hold_id;
