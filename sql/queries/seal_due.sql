-- Chains that have grown since they were sealed.
-- Parameters: none.
-- Result: chain id; number of entries sealed, 0 for none; entry hash there and root (hexadecimal, "" for none); number of
--         entries now.
SELECT g.chain_id, coalesce(s.size, 0), pg_catalog.encode(coalesce(s.entry_hash, ''), 'hex'),
       pg_catalog.encode(coalesce(s.root, ''), 'hex'), h.seq
FROM auditproof.chain AS g
CROSS JOIN LATERAL (SELECT e.seq FROM auditproof.chain_entry AS e
                     WHERE e.chain_id = g.chain_id ORDER BY e.seq DESC LIMIT 1) AS h
LEFT JOIN LATERAL (SELECT l.size, l.entry_hash, l.root FROM auditproof.seal AS l
                    WHERE l.chain_id = g.chain_id ORDER BY l.size DESC LIMIT 1) AS s ON true
WHERE h.seq IS DISTINCT FROM s.size
ORDER BY g.chain_id;
