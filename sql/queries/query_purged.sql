-- What the chains still say of entries whose rows are gone.
-- Parameters: $1 chains and $2 ids, one by one.
-- Columns: n, seq, entry_hash, and whether a purge that was executed covers it
SELECT n.n, e.seq, e.entry_hash,
       EXISTS (SELECT FROM auditproof.purge_range AS r JOIN auditproof.purge_execution AS x ON x.purge_id = r.purge_id
               WHERE r.chain_id = e.chain_id AND r.from_seq <= e.seq AND r.to_seq >= e.seq)
FROM unnest($1::pg_catalog.uuid[], $2::pg_catalog.uuid[]) WITH ORDINALITY AS n (chain_id, log_id, n)
JOIN auditproof.chain_entry AS e ON e.chain_id = n.chain_id AND e.log_id = n.log_id
ORDER BY n.n, e.seq
