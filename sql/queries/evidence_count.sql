-- Rows of a tenant that were created in a period, counted from audit_logs and not from the chain. One that does not say
-- when it was created counts by when it was recorded.
-- Parameters: $1 chain id; $2, $3 from, and before, in microseconds since 1970; $4 entries that are sealed.
-- Result: rows; of them those past what is sealed, and those in no chain.
WITH period AS (
    SELECT 'epoch'::pg_catalog.timestamptz + $2::pg_catalog.int8 * '1 microsecond'::pg_catalog.interval AS from_at,
           'epoch'::pg_catalog.timestamptz + $3::pg_catalog.int8 * '1 microsecond'::pg_catalog.interval AS to_at
), created AS (
    SELECT l.id, true AS dated
      FROM period AS p, public.audit_logs AS l
     WHERE (l.organization_id = $1::pg_catalog.uuid
            OR $1::pg_catalog.uuid = '00000000-0000-0000-0000-000000000000' AND l.organization_id IS NULL)
       AND l.created_at >= p.from_at AND l.created_at < p.to_at
    UNION ALL
    SELECT l.id, false
      FROM public.audit_logs AS l
     WHERE (l.organization_id = $1::pg_catalog.uuid
            OR $1::pg_catalog.uuid = '00000000-0000-0000-0000-000000000000' AND l.organization_id IS NULL)
       AND l.created_at IS NULL
)
SELECT pg_catalog.count(*),
       pg_catalog.count(*) FILTER (WHERE e.seq > $4::pg_catalog.int8),
       pg_catalog.count(*) FILTER (WHERE e.seq IS NULL)
FROM created AS c
CROSS JOIN period AS p
LEFT JOIN auditproof.chain_entry AS e ON e.chain_id = $1::pg_catalog.uuid AND e.log_id = c.id
WHERE c.dated OR e.seq IS NULL OR e.recorded_at >= p.from_at AND e.recorded_at < p.to_at;
