-- What keeps an entry, or the record of how it left.
-- Parameters: $1 log id.
-- Columns: chain, seq, there, created at, recorded at, years, kept until (the first day on which it may leave), over, by which
-- policy, purge, purged at, why it was purged, the entry that tells of the purge; of one by a plan, the plan's digest, who asked,
-- who approved, SHA-256 of the certificate, which is NULL while there is none; whether it stays however old it is; first
-- and last number of the entries that left with it; whether it was there before it was chained; when a checkpoint was signed that
-- covers it, or NULL, and that one's size.
WITH found AS (
    SELECT e.chain_id, e.seq, e.log_id, e.recorded_at, l.id IS NOT NULL AS there, l.created_at
    FROM auditproof.chain AS c
    JOIN auditproof.chain_entry AS e ON e.chain_id = c.chain_id AND e.log_id = $1::pg_catalog.uuid
    LEFT JOIN auditproof.entry AS l
        ON l.id = e.log_id AND coalesce(l.organization_id, '00000000-0000-0000-0000-000000000000') = e.chain_id
), kept AS (
    SELECT f.*, auditproof.keep_years(f.chain_id) AS years,
           auditproof.retention_until(f.created_at, f.recorded_at, auditproof.keep_years(f.chain_id)) AS until
    FROM found AS f
)
SELECT k.chain_id, k.seq, k.there, pg_catalog.to_char(k.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
       pg_catalog.to_char(k.recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), k.years, k.until,
       k.until <= (pg_catalog.now() AT TIME ZONE 'UTC')::pg_catalog.date,
       coalesce((SELECT CASE WHEN p.chain_id = '00000000-0000-0000-0000-000000000000' THEN 'the platform''s policy, version '
                             ELSE 'the organization''s policy, version ' END || p.version || ', approved by ' || p.approver
                 FROM auditproof.retention_policy AS p
                 WHERE p.table_name = 'audit_logs' AND p.period = k.years
                   AND p.chain_id IN (k.chain_id, '00000000-0000-0000-0000-000000000000')
                 ORDER BY p.chain_id, p.version DESC LIMIT 1), 'the least there is'),
       r.purge_id, pg_catalog.to_char(coalesce(r.purged_at, p.purged_at) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), p.reason, coalesce(p.authorised_by, x.authorised_by), pg_catalog.encode(x.digest, 'hex'), t.requested_by, a.approved_by,
       pg_catalog.encode(pg_catalog.sha256(y.note), 'hex'),
       k.log_id IN (SELECT s.id FROM auditproof.lasting_entries() AS s (id)),
       r.from_seq, r.to_seq,
       EXISTS (SELECT FROM auditproof.adoption_range AS d
               WHERE d.chain_id = k.chain_id AND k.seq >= d.first_seq AND k.seq <= d.last_seq),
       pg_catalog.to_char(s.sealed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), s.size
FROM kept AS k
LEFT JOIN auditproof.purge_range AS r
    ON NOT k.there AND r.chain_id = k.chain_id AND k.seq >= r.from_seq AND k.seq <= r.to_seq
LEFT JOIN auditproof.purge AS p ON p.chain_id = r.chain_id AND p.purge_id = r.purge_id
LEFT JOIN auditproof.purge_execution AS x ON x.purge_id = r.purge_id
LEFT JOIN auditproof.purge_plan AS t ON t.digest = x.digest
LEFT JOIN auditproof.purge_approval AS a ON a.digest = x.digest
LEFT JOIN auditproof.purge_certificate AS y ON y.digest = x.digest
LEFT JOIN LATERAL (SELECT c.sealed_at, c.size FROM auditproof.checkpoint AS c
                   WHERE c.size > (SELECT l.log_index FROM auditproof.seal AS l
                                   WHERE l.chain_id = k.chain_id AND l.size >= k.seq ORDER BY l.size LIMIT 1)
                   ORDER BY c.size LIMIT 1) AS s ON true
ORDER BY k.chain_id;
