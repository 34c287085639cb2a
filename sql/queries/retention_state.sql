-- What retention as a whole depends on.
-- Parameters: $1 holds that could cover something of this chain only, or NULL.
-- Columns: now, whether the clock is behind the newest checkpoint, holds in force, those overdue for review.
SELECT pg_catalog.to_char(pg_catalog.now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
       coalesce((SELECT pg_catalog.max(c.sealed_at) FROM auditproof.checkpoint AS c) > pg_catalog.clock_timestamp(), false),
       pg_catalog.count(*),
       pg_catalog.count(*) FILTER (WHERE h.review_on < (pg_catalog.now() AT TIME ZONE 'UTC')::pg_catalog.date)
FROM auditproof.legal_hold AS h
WHERE auditproof.hold_in_force(h.hold_id)
  AND ($1::pg_catalog.uuid IS NULL OR h.chain_id IS NULL OR h.chain_id = $1::pg_catalog.uuid);
