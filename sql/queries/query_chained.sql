-- What the chains say of entries, with the entries before and after each. After each is whatever entry comes next: where
-- one is missing between them, the link does not hold.
-- Parameters: $1 chains and $2 ids, one by one.
-- Columns: n, and of the entry: chain_id, seq, log_id, recorded_at, content_hash, entry_hash; commitments of erased groups
--          account, actor, content; of the one before: entry_hash; of the one after: recorded_at, content_hash, entry_hash
SELECT n.n, e.chain_id, e.seq, e.log_id, e.recorded_at, e.content_hash, e.entry_hash, ea.commitment, eb.commitment,
       ec.commitment, b.entry_hash, a.recorded_at, a.content_hash, a.entry_hash
FROM unnest($1::pg_catalog.uuid[], $2::pg_catalog.uuid[]) WITH ORDINALITY AS n (chain_id, log_id, n)
JOIN auditproof.chain_entry AS e ON e.chain_id = n.chain_id AND e.log_id = n.log_id
LEFT JOIN auditproof.chain_entry AS b ON b.chain_id = n.chain_id AND b.seq = e.seq - 1
LEFT JOIN LATERAL (SELECT f.recorded_at, f.content_hash, f.entry_hash FROM auditproof.chain_entry AS f
                   WHERE f.chain_id = n.chain_id AND f.seq > e.seq ORDER BY f.seq LIMIT 1) AS a ON true
LEFT JOIN auditproof.erasure AS ea ON ea.chain_id = n.chain_id AND ea.log_id = e.log_id AND ea."group" = 'account'
LEFT JOIN auditproof.erasure AS eb ON eb.chain_id = n.chain_id AND eb.log_id = e.log_id AND eb."group" = 'actor'
LEFT JOIN auditproof.erasure AS ec ON ec.chain_id = n.chain_id AND ec.log_id = e.log_id AND ec."group" = 'content'
ORDER BY n.n, e.seq
