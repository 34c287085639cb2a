-- How many entries of a tenant will fall due in each of the months to come, of twelve and the rest of this one, as policies
-- are now. Legal holds are not asked. Along a chain recorded_at rises: where the entries begin that are too young is found
-- by halving.
-- Parameters: $1 chain.
-- Columns: the month's first day (UTC) in microseconds since 1970, entries.
WITH RECURSIVE kept AS MATERIALIZED (
    SELECT auditproof.keep_years($1::pg_catalog.uuid) AS years,
           (pg_catalog.now() AT TIME ZONE 'UTC')::pg_catalog.date AS today,
           pg_catalog.date_trunc('month', pg_catalog.now() AT TIME ZONE 'UTC') AS month,
           (SELECT x.seq FROM auditproof.chain_entry AS x WHERE x.chain_id = $1::pg_catalog.uuid
            ORDER BY x.seq DESC LIMIT 1) AS head
),
-- Entries up to `low` fall due within the year; those from `high` on do not.
search(since, low, high) AS (
    SELECT (k.month + interval '13 months') AT TIME ZONE 'UTC' - pg_catalog.make_interval(years => k.years),
           0::pg_catalog.int8, k.head + 1
    FROM kept AS k WHERE k.head IS NOT NULL
    UNION ALL
    SELECT s.since, CASE WHEN m.older THEN m.middle ELSE s.low END, CASE WHEN m.older THEN s.high ELSE m.middle END
    FROM search AS s
    CROSS JOIN LATERAL (SELECT (s.low + s.high) / 2 AS middle,
                               coalesce((SELECT e.recorded_at < s.since FROM auditproof.chain_entry AS e
                                         WHERE e.chain_id = $1::pg_catalog.uuid AND e.seq = (s.low + s.high) / 2), true)
                                   AS older) AS m
    WHERE s.high - s.low > 1
), falls AS (
    SELECT pg_catalog.date_trunc('month', u.until::pg_catalog.timestamp) AS month, pg_catalog.count(*) AS entries
    FROM kept AS k
    JOIN auditproof.chain_entry AS e
        ON e.chain_id = $1::pg_catalog.uuid AND e.seq <= (SELECT pg_catalog.min(s.low) FROM search AS s WHERE s.high - s.low = 1)
    JOIN auditproof.entry AS l ON l.id = e.log_id AND l.organization_id = $1::pg_catalog.uuid
    CROSS JOIN LATERAL (SELECT auditproof.retention_until(l.created_at, e.recorded_at, k.years) AS until) AS u
    WHERE u.until > k.today AND u.until < (k.month + interval '13 months')::pg_catalog.date
      AND e.log_id NOT IN (SELECT s.id FROM auditproof.lasting_entries() AS s (id))
    GROUP BY 1
)
SELECT (EXTRACT(epoch FROM g.month AT TIME ZONE 'UTC') * 1000000)::pg_catalog.int8, coalesce(f.entries, 0)
FROM kept AS k
CROSS JOIN pg_catalog.generate_series(k.month, k.month + interval '12 months', interval '1 month') AS g (month)
LEFT JOIN falls AS f ON f.month = g.month
ORDER BY g.month
