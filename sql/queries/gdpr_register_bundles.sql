-- Bundles of a tenant's entries that were given out in a period.
-- Parameters: $1 chain; $2, $3 from, and before, in microseconds since 1970; $4 at most so many.
-- Columns: registered at in microseconds since 1970, kind, bundle, of the time from and to, entries, groups that it may show,
-- recipient, whether it is encrypted, SHA-256, registered by, seq of the entry that tells of it, its id, how many there are.
SELECT (EXTRACT(epoch FROM b.registered_at) * 1000000)::pg_catalog.int8, b.kind, b.bundle_id,
       (EXTRACT(epoch FROM NULLIF(NULLIF(b.from_at, 'infinity'), '-infinity')) * 1000000)::pg_catalog.int8,
       (EXTRACT(epoch FROM NULLIF(NULLIF(b.to_at, 'infinity'), '-infinity')) * 1000000)::pg_catalog.int8, b.entries,
       coalesce(nullif(pg_catalog.array_to_string(b.groups, ', '), ''), 'none'), b.recipient, b.encrypted_to IS NOT NULL,
       pg_catalog.encode(b.sha256, 'hex'), b.registered_by, e.seq, b.authorised_by, pg_catalog.count(*) OVER ()
FROM auditproof.bundle AS b
LEFT JOIN auditproof.chain_entry AS e ON e.chain_id = b.chain_id AND e.log_id = b.authorised_by
WHERE b.chain_id = $1::pg_catalog.uuid
  AND b.registered_at >= 'epoch'::pg_catalog.timestamptz + $2::pg_catalog.int8 * '1 microsecond'::pg_catalog.interval
  AND b.registered_at < 'epoch'::pg_catalog.timestamptz + $3::pg_catalog.int8 * '1 microsecond'::pg_catalog.interval
ORDER BY b.registered_at, b.bundle_id
LIMIT $4::pg_catalog.int8
