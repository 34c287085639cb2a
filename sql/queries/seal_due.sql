-- Chains that are not as they were sealed: nearly always, because they have grown.
-- Parameters: none.
-- Result: chain id; number of entries sealed, 0 for none; entry hash there and root (hexadecimal, "" for none); number of
--         entries now. The two numbers are the same where the last entry is another one; whether rows of entries past the
--         sealed ones are gone.
SELECT g.chain_id, coalesce(s.size, 0), pg_catalog.encode(coalesce(s.entry_hash, ''), 'hex'),
       pg_catalog.encode(coalesce(s.root, ''), 'hex'), coalesce(h.seq, 0),
       EXISTS (SELECT FROM auditproof.purge_range AS p WHERE p.chain_id = g.chain_id AND p.to_seq > coalesce(s.size, 0))
FROM auditproof.chain AS g
LEFT JOIN LATERAL (SELECT e.seq, e.entry_hash FROM auditproof.chain_entry AS e
                    WHERE e.chain_id = g.chain_id ORDER BY e.seq DESC LIMIT 1) AS h ON true
LEFT JOIN LATERAL (SELECT l.size, l.entry_hash, l.root FROM auditproof.seal AS l
                    WHERE l.chain_id = g.chain_id ORDER BY l.size DESC LIMIT 1) AS s ON true
WHERE h.seq IS DISTINCT FROM s.size OR h.entry_hash IS DISTINCT FROM s.entry_hash
ORDER BY g.chain_id;
