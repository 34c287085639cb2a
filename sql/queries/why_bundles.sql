-- Bundles given out that an entry is in.
-- Parameters: $1 chain, $2 log id.
-- Columns: bundle, registered at, kind, groups that it may show, SHA-256, by whom, to whom it was given.
SELECT b.bundle_id, pg_catalog.to_char(b.registered_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), b.kind,
       coalesce(nullif(pg_catalog.array_to_string(b.groups, ', '), ''), 'none'), pg_catalog.encode(b.sha256, 'hex'),
       b.registered_by, b.recipient
FROM auditproof.chain_entry AS e
JOIN auditproof.bundle AS b ON b.chain_id = e.chain_id AND b.seqs @> e.seq
WHERE e.chain_id = $1::pg_catalog.uuid AND e.log_id = $2::pg_catalog.uuid
ORDER BY b.registered_at, b.bundle_id;
