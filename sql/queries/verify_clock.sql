-- Entries whose writer claims a time more than 24 hours from that at which they were chained, counted a chain. Joins both
-- tables, in the server; what it reads is compared with the chain elsewhere.
-- Parameters: $1 chain id or NULL for all; $2, $3 first and last seq or NULL.
-- Result: chain_id, how many claim an earlier time, how many a later one, the first seq of them, and its log id.
WITH apart AS (
    SELECT e.chain_id, e.seq, e.log_id, t.created_at < e.recorded_at AS earlier
    FROM auditproof.chain_entry AS e
    JOIN public.audit_logs AS t
        ON t.id = e.log_id AND coalesce(t.organization_id, '00000000-0000-0000-0000-000000000000') = e.chain_id
    WHERE ($1::pg_catalog.uuid IS NULL OR e.chain_id = $1::pg_catalog.uuid)
      AND ($2::pg_catalog.int8 IS NULL OR e.seq >= $2::pg_catalog.int8)
      AND ($3::pg_catalog.int8 IS NULL OR e.seq <= $3::pg_catalog.int8)
      AND (t.created_at < e.recorded_at - interval '24 hours' OR t.created_at > e.recorded_at + interval '24 hours')
)
SELECT a.chain_id, pg_catalog.count(*) FILTER (WHERE a.earlier), pg_catalog.count(*) FILTER (WHERE NOT a.earlier),
       pg_catalog.min(a.seq), (pg_catalog.array_agg(a.log_id ORDER BY a.seq))[1]
FROM apart AS a
GROUP BY a.chain_id
ORDER BY a.chain_id;
