-- Every chain that is registered or has entries, with its first and last entry, found by an index: what was found is
-- compared once more.
-- Parameters: none.
-- Result: chain_id, whether it is registered, first seq, last seq, the last's entry hash (hexadecimal), when the first
--         and the last were recorded (microseconds since 1970); NULL from the first seq on where there are no entries.
WITH RECURSIVE walk(chain_id) AS (
    (SELECT e.chain_id FROM ONLY auditproof.chain_entry AS e ORDER BY e.chain_id LIMIT 1)
    UNION ALL
    SELECT (SELECT e.chain_id FROM ONLY auditproof.chain_entry AS e WHERE e.chain_id > w.chain_id
            ORDER BY e.chain_id LIMIT 1)
    FROM walk AS w
    WHERE w.chain_id IS NOT NULL
), chains AS (
    SELECT x.chain_id, pg_catalog.bool_or(x.registered) AS registered
    FROM (SELECT c.chain_id, true FROM auditproof.chain AS c
          UNION ALL
          SELECT w.chain_id, false FROM walk AS w) AS x(chain_id, registered)
    WHERE x.chain_id IS NOT NULL
    GROUP BY x.chain_id
)
SELECT c.chain_id, c.registered, f.seq, l.seq, pg_catalog.encode(l.entry_hash, 'hex'),
       CASE WHEN pg_catalog.isfinite(f.recorded_at) THEN (EXTRACT(epoch FROM f.recorded_at) * 1000000)::pg_catalog.int8 END,
       CASE WHEN pg_catalog.isfinite(l.recorded_at) THEN (EXTRACT(epoch FROM l.recorded_at) * 1000000)::pg_catalog.int8 END
FROM chains AS c
LEFT JOIN LATERAL (SELECT e.seq, e.recorded_at FROM ONLY auditproof.chain_entry AS e
                   WHERE e.chain_id = c.chain_id AND e.chain_id::pg_catalog.text = c.chain_id::pg_catalog.text
                   ORDER BY e.seq LIMIT 1) AS f ON true
LEFT JOIN LATERAL (SELECT e.seq, e.recorded_at, e.entry_hash FROM ONLY auditproof.chain_entry AS e
                   WHERE e.chain_id = c.chain_id AND e.chain_id::pg_catalog.text = c.chain_id::pg_catalog.text
                   ORDER BY e.seq DESC LIMIT 1) AS l ON true
ORDER BY c.chain_id;
