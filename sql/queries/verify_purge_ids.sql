-- What a purge took of each chain: the log ids, digested as plans and certificates do, and the entry hashes at both ends.
-- Parameters: $1 purge id; $2 chain id or NULL for all. Result: chain_id, SHA-256 and entry hashes (hexadecimal).
SELECT t.chain_id, t.ids, pg_catalog.encode(f.entry_hash, 'hex'), pg_catalog.encode(l.entry_hash, 'hex')
FROM (SELECT r.chain_id, pg_catalog.min(e.seq) AS first_seq, pg_catalog.max(e.seq) AS last_seq,
             pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(
                 pg_catalog.string_agg(e.log_id::pg_catalog.text || E'\n', '' ORDER BY e.log_id), 'UTF8')), 'hex') AS ids
      FROM auditproof.purge_range AS r
      JOIN auditproof.chain_entry AS e ON e.chain_id = r.chain_id AND e.seq >= r.from_seq AND e.seq <= r.to_seq
      WHERE r.purge_id = $1::pg_catalog.uuid AND ($2::pg_catalog.uuid IS NULL OR r.chain_id = $2::pg_catalog.uuid)
      GROUP BY r.chain_id) AS t
LEFT JOIN auditproof.chain_entry AS f ON f.chain_id = t.chain_id AND f.seq = t.first_seq
LEFT JOIN auditproof.chain_entry AS l ON l.chain_id = t.chain_id AND l.seq = t.last_seq
ORDER BY t.chain_id;
