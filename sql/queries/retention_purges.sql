-- What was destroyed of a tenant's rows after their window, in a period: by when it was begun, and whether by plan.
-- Parameters: $1 chain; $2, $3 from, and before, in microseconds since 1970; $4 at most so many; $5 the
-- largest certificate that is read, in bytes.
-- Columns: begun at in microseconds since 1970, purge, table, rows destroyed, planned (NULL without a plan), first and last
-- seq (of audit_logs), kept for, policies' versions, asked for, approved and executed by, certified at, why without a plan,
-- seqs in the system chain of the entries that tell of it and of its certificate, ids of these; then the certificate
-- (hexadecimal; NULL for none, or one that is larger), its bytes, the key that was named when it was begun, and whether
-- the entry that tells of the certificate is of this one; how many there are.
WITH begun AS (
    SELECT x.purge_id, x.started_at AS at, x.digest, x.executed_by, x.key, x.authorised_by, NULL::pg_catalog.text AS reason
    FROM auditproof.purge_execution AS x
    WHERE x.started_at >= 'epoch'::pg_catalog.timestamptz + $2::pg_catalog.int8 * '1 microsecond'::pg_catalog.interval
      AND x.started_at < 'epoch'::pg_catalog.timestamptz + $3::pg_catalog.int8 * '1 microsecond'::pg_catalog.interval
    UNION ALL
    SELECT p.purge_id, p.purged_at, NULL, NULL, NULL, p.authorised_by, p.reason
    FROM auditproof.purge AS p
    WHERE p.chain_id = $1::pg_catalog.uuid
      AND p.purged_at >= 'epoch'::pg_catalog.timestamptz + $2::pg_catalog.int8 * '1 microsecond'::pg_catalog.interval
      AND p.purged_at < 'epoch'::pg_catalog.timestamptz + $3::pg_catalog.int8 * '1 microsecond'::pg_catalog.interval
      AND NOT EXISTS (SELECT FROM auditproof.purge_execution AS x WHERE x.purge_id = p.purge_id)
), gone AS (
    SELECT b.purge_id, pg_catalog.sum(r.to_seq - r.from_seq + 1)::pg_catalog.int8 AS rows, pg_catalog.min(r.from_seq) AS first,
           pg_catalog.max(r.to_seq) AS last
    FROM begun AS b JOIN auditproof.purge_range AS r ON r.chain_id = $1::pg_catalog.uuid AND r.purge_id = b.purge_id
    GROUP BY b.purge_id
    UNION ALL
    SELECT b.purge_id, pg_catalog.sum(c.rows)::pg_catalog.int8, NULL, NULL
    FROM begun AS b JOIN auditproof.purge_count AS c ON c.chain_id = $1::pg_catalog.uuid AND c.digest = b.digest
    GROUP BY b.purge_id
), planned AS (
    SELECT b.purge_id, p.text::pg_catalog.json ->> 'table' AS tab, p.requested_by, c.part
    FROM begun AS b JOIN auditproof.purge_plan AS p ON p.digest = b.digest
    CROSS JOIN LATERAL pg_catalog.json_array_elements(p.text::pg_catalog.json -> 'chains') AS c (part)
    WHERE (c.part ->> 'chain')::pg_catalog.uuid = $1::pg_catalog.uuid
)
SELECT (EXTRACT(epoch FROM b.at) * 1000000)::pg_catalog.int8, b.purge_id, coalesce(n.tab, 'audit_logs'), coalesce(g.rows, 0),
       (n.part ->> 'entries')::pg_catalog.int8, g.first, g.last,
       coalesce((n.part ->> 'years') || ' years', (n.part ->> 'days') || ' days'),
       CASE WHEN n.part IS NOT NULL
            THEN coalesce(nullif(pg_catalog.concat_ws(', ', 'platform, version ' || (n.part -> 'policy' ->> 'platform'),
                                                      'organization, version ' || (n.part -> 'policy' ->> 'tenant')), ''),
                          'built in') END,
       n.requested_by, a.approved_by, b.executed_by, (EXTRACT(epoch FROM c.certified_at) * 1000000)::pg_catalog.int8, b.reason,
       e.seq, f.seq, b.authorised_by, c.authorised_by,
       CASE WHEN pg_catalog.octet_length(c.note) <= $5::pg_catalog.int8 THEN pg_catalog.encode(c.note, 'hex') END,
       pg_catalog.octet_length(c.note), b.key,
       EXISTS (SELECT FROM auditproof.entry AS l
               WHERE l.id = c.authorised_by AND l.organization_id IS NULL AND f.seq IS NOT NULL
                 AND l.metadata ->> 'certificate' = pg_catalog.encode(pg_catalog.sha256(c.note), 'hex')),
       pg_catalog.count(*) OVER ()
FROM begun AS b
LEFT JOIN gone AS g ON g.purge_id = b.purge_id
LEFT JOIN planned AS n ON n.purge_id = b.purge_id
LEFT JOIN auditproof.purge_approval AS a ON a.digest = b.digest
LEFT JOIN auditproof.purge_certificate AS c ON c.digest = b.digest
LEFT JOIN auditproof.chain_entry AS e
    ON e.chain_id = '00000000-0000-0000-0000-000000000000' AND e.log_id = b.authorised_by
LEFT JOIN auditproof.chain_entry AS f
    ON f.chain_id = '00000000-0000-0000-0000-000000000000' AND f.log_id = c.authorised_by
WHERE g.purge_id IS NOT NULL OR n.purge_id IS NOT NULL
ORDER BY b.at, b.purge_id
LIMIT $4::pg_catalog.int8
