-- What the proof of an entry is made of.
-- Parameters: $1 chain id; $2 seq.
-- Result: hash of the entry before it and content hash (hexadecimal), recorded at (microseconds since 1970), log id; the first seal
--         that covers it: number in the log, size, root, entry hash, sealed at; the newest checkpoint: size, note (hexadecimal).
SELECT coalesce(pg_catalog.encode((SELECT p.entry_hash FROM auditproof.chain_entry AS p
                                    WHERE p.chain_id = e.chain_id AND p.seq = e.seq - 1), 'hex'),
                pg_catalog.repeat('0', 64)),
       pg_catalog.encode(e.content_hash, 'hex'), (EXTRACT(epoch FROM e.recorded_at) * 1000000)::pg_catalog.int8, e.log_id,
       s.log_index, s.size, pg_catalog.encode(s.root, 'hex'), pg_catalog.encode(s.entry_hash, 'hex'),
       (EXTRACT(epoch FROM s.sealed_at) * 1000000)::pg_catalog.int8, c.size, pg_catalog.encode(c.note, 'hex')
FROM auditproof.chain_entry AS e
LEFT JOIN LATERAL (SELECT l.* FROM auditproof.seal AS l WHERE l.chain_id = e.chain_id AND l.size >= e.seq
                    ORDER BY l.size LIMIT 1) AS s ON true
LEFT JOIN LATERAL (SELECT k.size, k.note FROM auditproof.checkpoint AS k ORDER BY k.size DESC LIMIT 1) AS c ON true
WHERE e.chain_id = $1::pg_catalog.uuid AND e.seq = $2::pg_catalog.int8;
