-- The batches of one rule set, in order: those that chains tell of, by entries whose id shows that auditproof wrote them,
-- behind them the open ones, of which no entry tells yet, and a last row for each chain that has a position or findings.
-- Parameters: $1 rule set (hex), $2 chain or NULL
-- Columns: chain_id, log_id, told_seq, from_seq, through_seq, entries, findings, digest; NULL for an open batch: log_id,
--          told_seq, findings, digest; for the last row also from_seq and entries, and its through_seq is the position, or NULL
--          erased   were entries of the chain erased, or have they left, up to through_seq?
SELECT b.*,
       EXISTS (SELECT FROM auditproof.erasure x
               JOIN auditproof.chain_entry e ON e.chain_id = x.chain_id AND e.log_id = x.log_id
               WHERE x.chain_id = b.chain_id AND e.seq <= b.through_seq)
       OR EXISTS (SELECT FROM auditproof.purge_range p
                  WHERE p.chain_id = b.chain_id AND p.from_seq <= b.through_seq) AS erased
FROM (SELECT (l.metadata ->> 'chain_id')::uuid AS chain_id, l.id AS log_id, e.seq AS told_seq,
             (l.metadata ->> 'from_seq')::bigint AS from_seq, (l.metadata ->> 'through_seq')::bigint AS through_seq,
             (l.metadata ->> 'entries')::bigint AS entries, (l.metadata ->> 'findings')::bigint AS findings,
             l.metadata ->> 'digest' AS digest
      FROM auditproof.entry l
      JOIN auditproof.chain_entry e
        ON e.chain_id = coalesce(l.organization_id, '00000000-0000-0000-0000-000000000000') AND e.log_id = l.id
      WHERE l.action = 'audit.classified' AND pg_catalog.uuid_send(l.id) = pg_catalog.substr(
                pg_catalog.sha256('auditproof/classification'::bytea OPERATOR(pg_catalog.||) l.chain_salt), 1, 16)
        AND l.metadata ->> 'ruleset' = $1::text
        AND ($2::uuid IS NULL OR l.metadata ->> 'chain_id' = $2::uuid::text)
      UNION ALL
      SELECT p.chain_id, NULL, NULL, p.batch_from, p.seq, p.batch_entries, NULL, NULL
      FROM auditproof.classification p
      WHERE p.ruleset = pg_catalog.decode($1::text, 'hex') AND p.batch_from IS NOT NULL
        AND ($2::uuid IS NULL OR p.chain_id = $2::uuid)
      UNION ALL
      SELECT c.chain_id, NULL, NULL, NULL, p.seq, NULL, NULL, NULL
      FROM (SELECT f.chain_id FROM auditproof.risk_finding f WHERE f.ruleset = pg_catalog.decode($1::text, 'hex')
            UNION
            SELECT p.chain_id FROM auditproof.classification p WHERE p.ruleset = pg_catalog.decode($1::text, 'hex')) AS c
      LEFT JOIN auditproof.classification p
        ON p.chain_id = c.chain_id AND p.ruleset = pg_catalog.decode($1::text, 'hex')
      WHERE $2::uuid IS NULL OR c.chain_id = $2::uuid) AS b
ORDER BY b.chain_id, b.log_id IS NULL, b.from_seq NULLS LAST
