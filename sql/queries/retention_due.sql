-- What of each chain may leave, what only a hold keeps, and when the next day comes on which something may leave. Along a
-- chain recorded_at rises: where the entries begin that are within the window is found by halving, and what comes first of
-- them by looking at twenty.
-- Parameters: $1 chain or NULL for all; $2 days after which what may leave is overdue.
-- Columns: organization (NULL for the system chain), years, due, held, overdue, bytes of what is due, due since, next day.
WITH RECURSIVE chains AS MATERIALIZED (
    SELECT c.chain_id, auditproof.keep_years(c.chain_id) AS years,
           (SELECT x.seq FROM auditproof.chain_entry AS x WHERE x.chain_id = c.chain_id ORDER BY x.seq DESC LIMIT 1) AS head
    FROM auditproof.chain AS c
    WHERE $1::pg_catalog.uuid IS NULL OR c.chain_id = $1::pg_catalog.uuid
), today AS MATERIALIZED (
    SELECT (pg_catalog.now() AT TIME ZONE 'UTC')::pg_catalog.date AS day,
           EXISTS (SELECT FROM auditproof.legal_hold AS h WHERE auditproof.hold_in_force(h.hold_id)) AS holds,
           (SELECT pg_catalog.now() - pg_catalog.make_interval(years => pg_catalog.min(c.years)) FROM chains AS c) AS before
), old AS (
    SELECT l.id, l.organization_id, l.created_at, pg_catalog.pg_column_size(l.*) AS bytes
    FROM auditproof.entry AS l WHERE l.created_at < (SELECT t.before FROM today AS t)
    UNION ALL
    SELECT l.id, l.organization_id, l.created_at, pg_catalog.pg_column_size(l.*)
    FROM auditproof.entry AS l WHERE l.created_at IS NULL
), over AS (
    SELECT c.chain_id, o.bytes, u.until,
           CASE WHEN t.holds THEN EXISTS (SELECT FROM auditproof.holds_on_id(c.chain_id, e.log_id)) ELSE false END AS held
    FROM today AS t
    CROSS JOIN old AS o
    JOIN chains AS c ON c.chain_id = coalesce(o.organization_id, '00000000-0000-0000-0000-000000000000')
    JOIN auditproof.chain_entry AS e ON e.chain_id = c.chain_id AND e.log_id = o.id
    CROSS JOIN LATERAL (SELECT auditproof.retention_until(o.created_at, e.recorded_at, c.years) AS until) AS u
    WHERE u.until <= t.day AND e.log_id NOT IN (SELECT s.id FROM auditproof.lasting_entries() AS s (id))
), sums AS (
    SELECT o.chain_id, pg_catalog.count(*) FILTER (WHERE NOT o.held) AS due, pg_catalog.count(*) FILTER (WHERE o.held) AS held,
           pg_catalog.count(*) FILTER (WHERE NOT o.held AND o.until + $2::pg_catalog.int4 < t.day) AS overdue,
           pg_catalog.sum(o.bytes) FILTER (WHERE NOT o.held) AS bytes,
           pg_catalog.min(o.until) FILTER (WHERE NOT o.held) AS since
    FROM over AS o CROSS JOIN today AS t
    GROUP BY o.chain_id
),
-- Entries up to `low` are older than the window; those from `high` on are not.
search(chain_id, since, low, high) AS (
    SELECT c.chain_id, pg_catalog.now() - pg_catalog.make_interval(years => c.years), 0::pg_catalog.int8, c.head + 1 FROM chains AS c
    WHERE c.head IS NOT NULL
    UNION ALL
    SELECT s.chain_id, s.since, CASE WHEN m.older THEN m.middle ELSE s.low END, CASE WHEN m.older THEN s.high ELSE m.middle END
    FROM search AS s
    CROSS JOIN LATERAL (SELECT (s.low + s.high) / 2 AS middle,
                               coalesce((SELECT e.recorded_at < s.since FROM auditproof.chain_entry AS e
                                         WHERE e.chain_id = s.chain_id AND e.seq = (s.low + s.high) / 2), true) AS older) AS m
    WHERE s.high - s.low > 1
)
SELECT NULLIF(c.chain_id, '00000000-0000-0000-0000-000000000000') AS organization, c.years, coalesce(s.due, 0), coalesce(s.held, 0),
       coalesce(s.overdue, 0), coalesce(s.bytes, 0), s.since, n.day
FROM chains AS c
CROSS JOIN today AS t
LEFT JOIN sums AS s ON s.chain_id = c.chain_id
LEFT JOIN (SELECT x.chain_id, pg_catalog.min(x.high) AS high FROM search AS x WHERE x.high - x.low = 1 GROUP BY x.chain_id) AS f
    ON f.chain_id = c.chain_id
CROSS JOIN LATERAL (
    SELECT pg_catalog.min(u.until) AS day
    FROM (SELECT x.log_id, x.recorded_at FROM auditproof.chain_entry AS x
          WHERE x.chain_id = c.chain_id AND x.seq >= f.high ORDER BY x.seq LIMIT 20) AS e
    JOIN auditproof.entry AS l
        ON l.id = e.log_id AND coalesce(l.organization_id, '00000000-0000-0000-0000-000000000000') = c.chain_id
    CROSS JOIN LATERAL (SELECT auditproof.retention_until(l.created_at, e.recorded_at, c.years) AS until) AS u
    WHERE u.until > t.day AND e.log_id NOT IN (SELECT s.id FROM auditproof.lasting_entries() AS s (id))) AS n
ORDER BY coalesce(s.due, 0) DESC, coalesce(s.held, 0) DESC, c.chain_id;
