-- Runs of consecutive entries of a chain that were created in a period, outside of a range of it. One that does not say
-- when it was created counts by when it was recorded.
-- Parameters: $1 chain id; $2, $3 from, and before, in microseconds since 1970; $4 entries that are sealed; $5, $6 first and
--             last seq of the range, 0 for none.
-- Result: first and last seq, in order.
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
SELECT pg_catalog.min(d.seq), pg_catalog.max(d.seq)
FROM (SELECT e.seq, e.seq - pg_catalog.row_number() OVER (ORDER BY e.seq) AS run
        FROM created AS c
        JOIN auditproof.chain_entry AS e ON e.chain_id = $1::pg_catalog.uuid AND e.log_id = c.id
       CROSS JOIN period AS p
       WHERE e.seq <= $4::pg_catalog.int8
         AND NOT e.seq BETWEEN $5::pg_catalog.int8 AND $6::pg_catalog.int8
         AND (c.dated OR e.recorded_at >= p.from_at AND e.recorded_at < p.to_at)) AS d
GROUP BY d.run
ORDER BY 1;
