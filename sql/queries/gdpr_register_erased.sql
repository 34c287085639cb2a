-- What was erased of a tenant's entries on request, in a period: a row for each entry that tells of a batch.
-- Parameters: $1 chain; $2, $3 from, and before, in microseconds since 1970; $4 at most so many.
-- Columns: erased at in microseconds since 1970, groups, decision, entries, by which login, seq of the entry that tells of it, its
-- id, how many there are.
WITH done AS (
    SELECT x.authorised_by, pg_catalog.min(x.erased_at) AS at, pg_catalog.count(DISTINCT x.log_id) AS entries,
           pg_catalog.string_agg(DISTINCT x."group", ', ' ORDER BY x."group") AS groups
    FROM auditproof.erasure AS x
    WHERE x.chain_id = $1::pg_catalog.uuid AND x.reason <> 'account deleted'
      AND x.erased_at >= 'epoch'::pg_catalog.timestamptz + $2::pg_catalog.int8 * '1 microsecond'::pg_catalog.interval
      AND x.erased_at < 'epoch'::pg_catalog.timestamptz + $3::pg_catalog.int8 * '1 microsecond'::pg_catalog.interval
    GROUP BY x.authorised_by
)
SELECT (EXTRACT(epoch FROM d.at) * 1000000)::pg_catalog.int8, d.groups, l.resource_id, d.entries, l.metadata ->> 'login', e.seq,
       d.authorised_by, pg_catalog.count(*) OVER ()
FROM done AS d
LEFT JOIN auditproof.chain_entry AS e ON e.chain_id = $1::pg_catalog.uuid AND e.log_id = d.authorised_by
LEFT JOIN public.audit_logs AS l ON l.id = d.authorised_by AND l.organization_id = $1::pg_catalog.uuid
ORDER BY d.at, d.authorised_by
LIMIT $4::pg_catalog.int8
