-- The last entry of a period, by when it was created or recorded, among those of a chain that are not sealed.
-- Parameters: $1 chain; $2, $3 from, and before, in microseconds since 1970; $4 the last that is sealed.
-- Column: its sequence number, or NULL
SELECT pg_catalog.max(e.seq)
FROM (SELECT 'epoch'::pg_catalog.timestamptz + $2::pg_catalog.int8 * interval '1 microsecond' AS from_at,
             'epoch'::pg_catalog.timestamptz + $3::pg_catalog.int8 * interval '1 microsecond' AS to_at) AS p
CROSS JOIN auditproof.chain_entry AS e
LEFT JOIN public.audit_logs AS l ON l.id = e.log_id
WHERE e.chain_id = $1::pg_catalog.uuid AND e.seq > $4::pg_catalog.int8
  AND (e.recorded_at >= p.from_at AND e.recorded_at < p.to_at OR l.created_at >= p.from_at AND l.created_at < p.to_at)
