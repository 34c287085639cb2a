-- The longest chains, with what they grew by. recorded_at rises along a chain, so that where a period begins is found by
-- halving: some twenty look-ups a period and chain, whatever the size.
-- Parameters: $1 how many chains, or NULL for all
-- Columns: chain, entries, day, week, month (entries in the last 24 hours, 7 and 30 days), last_at, head
WITH RECURSIVE head AS (
    SELECT c.chain_id, e.seq, e.recorded_at, e.entry_hash
    FROM auditproof.chain c
    CROSS JOIN LATERAL (SELECT x.seq, x.recorded_at, x.entry_hash FROM auditproof.chain_entry x
                        WHERE x.chain_id = c.chain_id ORDER BY x.seq DESC LIMIT 1) e
),
top AS (
    SELECT h.* FROM head h ORDER BY h.seq DESC, h.chain_id LIMIT $1::bigint
),
-- Entries up to `low` are older than the period; those from `high` on are not.
search(chain_id, period, since, low, high) AS (
    SELECT t.chain_id, p.period, pg_catalog.now() - p.period, 0::bigint, t.seq + 1
    FROM top t CROSS JOIN (VALUES (interval '1 day'), (interval '7 days'), (interval '30 days')) AS p(period)
    UNION ALL
    SELECT s.chain_id, s.period, s.since, CASE WHEN m.older THEN m.middle ELSE s.low END,
           CASE WHEN m.older THEN s.high ELSE m.middle END
    FROM search s
    CROSS JOIN LATERAL (SELECT (s.low + s.high) / 2 AS middle,
                               coalesce((SELECT e.recorded_at < s.since FROM auditproof.chain_entry e
                                         WHERE e.chain_id = s.chain_id AND e.seq = (s.low + s.high) / 2), true) AS older) m
    WHERE s.high - s.low > 1
),
grown AS (
    SELECT s.chain_id, s.period, pg_catalog.max(s.low) AS older FROM search s WHERE s.high - s.low = 1 GROUP BY 1, 2
)
SELECT t.chain_id::text AS chain, t.seq AS entries,
       t.seq - (SELECT g.older FROM grown g WHERE g.chain_id = t.chain_id AND g.period = interval '1 day') AS day,
       t.seq - (SELECT g.older FROM grown g WHERE g.chain_id = t.chain_id AND g.period = interval '7 days') AS week,
       t.seq - (SELECT g.older FROM grown g WHERE g.chain_id = t.chain_id AND g.period = interval '30 days') AS month,
       pg_catalog.to_char(t.recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS last_at,
       pg_catalog.encode(t.entry_hash, 'hex') AS head
FROM top t
ORDER BY t.seq DESC, t.chain_id;
