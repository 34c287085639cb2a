-- Runs that succeeded, and what is wrong with the entries that tell of them. Parameters: $1 organization, or NULL for all;
-- $2 report, or NULL; $3 how many at most, the latest first.
-- Columns: scheduled_for, type, what is wrong with the entry, or NULL, why it cannot be compared, or NULL, sha256, bundle_sha256,
-- output_url, report, organization; times in microseconds since 1970
SELECT (extract(epoch FROM u.scheduled_for) * 1000000)::pg_catalog.int8, u.report_type,
       CASE WHEN e.seq IS NULL THEN 'no entry of the chain tells of it'
            WHEN l.id IS NULL AND NOT g.purged THEN 'the entry that tells of it is gone'
            WHEN l.id IS NULL THEN NULL
            WHEN auditproof.content_hash(l) IS DISTINCT FROM e.content_hash THEN 'the entry that tells of it was changed'
            WHEN g.erased THEN NULL
            WHEN l.action <> 'report.completed' OR l.resource_id IS DISTINCT FROM u.report_id
                 OR l.metadata ->> 'scheduled_for' IS DISTINCT FROM auditproof.time_text(u.scheduled_for)
            THEN 'the entry that is to tell of it is of something else'
            WHEN l.metadata ->> 'sha256' IS DISTINCT FROM pg_catalog.encode(u.sha256, 'hex')
            THEN 'the entry that tells of it has another SHA-256'
            WHEN l.metadata ->> 'bundle_sha256' IS DISTINCT FROM pg_catalog.encode(u.bundle_sha256, 'hex')
            THEN 'the entry that tells of it has another SHA-256 of the bundle' END,
       CASE WHEN l.id IS NULL AND g.purged THEN 'its entry has left, by a purge' WHEN g.erased THEN 'its entry was erased' END,
       pg_catalog.encode(u.sha256, 'hex'), pg_catalog.encode(u.bundle_sha256, 'hex'), u.output_url, u.report_id, u.chain_id
FROM auditproof.report_run AS u
LEFT JOIN auditproof.chain_entry AS e
    ON e.log_id = u.told_by AND e.chain_id IN (u.chain_id, '00000000-0000-0000-0000-000000000000')
LEFT JOIN public.audit_logs AS l ON l.id = u.told_by
CROSS JOIN LATERAL (
    SELECT EXISTS (SELECT FROM auditproof.purge_range AS p
                   WHERE p.chain_id = e.chain_id AND e.seq BETWEEN p.from_seq AND p.to_seq) AS purged,
           EXISTS (SELECT FROM auditproof.erasure AS x
                   WHERE x.chain_id = e.chain_id AND x.log_id = e.log_id AND x."group" = 'content') AS erased) AS g
WHERE u.state = 'succeeded'
  AND ($1::pg_catalog.uuid IS NULL OR u.chain_id = $1::pg_catalog.uuid)
  AND ($2::pg_catalog.uuid IS NULL OR u.report_id = $2::pg_catalog.uuid)
ORDER BY u.scheduled_for DESC, u.report_id
LIMIT $3::pg_catalog.int8
