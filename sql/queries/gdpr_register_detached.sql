-- Accounts that were deleted, and how many of a tenant's entries were detached from them, in a period: a row for each deletion.
-- Parameters: $1 chain; $2, $3 from, and before, in microseconds since 1970; $4 at most so many.
-- Columns: detached at in microseconds since 1970, why, entries, the role that deleted, seq of the entry that tells of it, its id,
-- how many there are.
WITH done AS (
    SELECT x.authorised_by, pg_catalog.min(x.erased_at) AS at, pg_catalog.count(DISTINCT x.log_id) AS entries
    FROM auditproof.erasure AS x
    WHERE x.chain_id = $1::pg_catalog.uuid AND x.reason = 'account deleted'
      AND x.erased_at >= 'epoch'::pg_catalog.timestamptz + $2::pg_catalog.int8 * '1 microsecond'::pg_catalog.interval
      AND x.erased_at < 'epoch'::pg_catalog.timestamptz + $3::pg_catalog.int8 * '1 microsecond'::pg_catalog.interval
    GROUP BY x.authorised_by
)
SELECT (EXTRACT(epoch FROM d.at) * 1000000)::pg_catalog.int8, 'account deleted', d.entries, l.actor_role, e.seq, d.authorised_by,
       pg_catalog.count(*) OVER ()
FROM done AS d
LEFT JOIN auditproof.chain_entry AS e ON e.chain_id = $1::pg_catalog.uuid AND e.log_id = d.authorised_by
LEFT JOIN public.audit_logs AS l ON l.id = d.authorised_by AND l.organization_id = $1::pg_catalog.uuid
ORDER BY d.at, d.authorised_by
LIMIT $4::pg_catalog.int8
