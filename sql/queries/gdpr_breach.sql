-- Entries of a tenant that an incident may be about.
-- Parameters: $1 chain; $2, $3 from, and before, in microseconds since 1970; $4 ids (uuid[]) and $5 e-mail addresses, lower
--             case (text[]), of actors; $6 networks (inet[]); $7 risk levels (text[]). An empty array asks for nothing; of
--             $4 and $5 one is enough.
-- Result: seq, action, resource type. In order.
SELECT e.seq, l.action, l.resource_type
FROM public.audit_logs AS l
JOIN auditproof.chain_entry AS e ON e.chain_id = $1::pg_catalog.uuid AND e.log_id = l.id
WHERE (l.organization_id = $1::pg_catalog.uuid
       OR $1::pg_catalog.uuid = '00000000-0000-0000-0000-000000000000' AND l.organization_id IS NULL)
  AND coalesce(l.created_at, e.recorded_at)
      >= 'epoch'::pg_catalog.timestamptz + $2::pg_catalog.int8 * '1 microsecond'::pg_catalog.interval
  AND coalesce(l.created_at, e.recorded_at)
      < 'epoch'::pg_catalog.timestamptz + $3::pg_catalog.int8 * '1 microsecond'::pg_catalog.interval
  AND (pg_catalog.cardinality($4::pg_catalog.uuid[]) + pg_catalog.cardinality($5::pg_catalog.text[]) = 0
       OR l.actor_id = ANY ($4::pg_catalog.uuid[]) OR pg_catalog.lower(l.actor_email) = ANY ($5::pg_catalog.text[]))
  AND (pg_catalog.cardinality($6::pg_catalog.inet[]) = 0
       OR EXISTS (SELECT FROM pg_catalog.unnest($6::pg_catalog.inet[]) AS n
                   WHERE l.ip_address OPERATOR(pg_catalog.<<=) n))
  AND (pg_catalog.cardinality($7::pg_catalog.text[]) = 0 OR l.risk_level = ANY ($7::pg_catalog.text[]))
ORDER BY e.seq;
