-- How much is sealed.
-- Parameters: none.
-- Result: chains, chains sealed at least once, entries, entries sealed, time in microseconds since 1970 of the oldest entry
--         that is not sealed (NULL when all are), the time now, attestations of the newest checkpoint.
WITH state AS (
    SELECT g.chain_id, h.seq AS head, LEAST(coalesce(s.size, 0), h.seq) AS sealed
    FROM auditproof.chain AS g
    CROSS JOIN LATERAL (SELECT e.seq FROM auditproof.chain_entry AS e
                         WHERE e.chain_id = g.chain_id ORDER BY e.seq DESC LIMIT 1) AS h
    LEFT JOIN LATERAL (SELECT l.size FROM auditproof.seal AS l
                        WHERE l.chain_id = g.chain_id ORDER BY l.size DESC LIMIT 1) AS s ON true
)
SELECT pg_catalog.count(*), pg_catalog.count(*) FILTER (WHERE t.sealed > 0), coalesce(pg_catalog.sum(t.head), 0),
       coalesce(pg_catalog.sum(t.sealed), 0),
       (EXTRACT(epoch FROM pg_catalog.min((SELECT e.recorded_at FROM auditproof.chain_entry AS e
                                            WHERE e.chain_id = t.chain_id AND e.seq = t.sealed + 1))) * 1000000)::pg_catalog.int8,
       (EXTRACT(epoch FROM pg_catalog.clock_timestamp()) * 1000000)::pg_catalog.int8,
       (SELECT pg_catalog.count(*) FROM auditproof.attestation AS a
         WHERE a.checkpoint_size = (SELECT pg_catalog.max(c.size) FROM auditproof.checkpoint AS c))
FROM state AS t;
