-- Actors, addresses, sessions and things, the most frequent first, after query_pivot or one of its kind.
-- Parameters: $1 kinds and $2 values, one by one, that are known already; $3 at most so many of a kind.
-- Columns: kind; value; name, if another; via; entries; first and last in microseconds since 1970; how many of the kind
), placed AS (
    SELECT s.via, coalesce(s.actor_id::pg_catalog.text, pg_catalog.lower(s.actor_email)) AS actor, s.actor_email AS email,
           pg_catalog.abbrev(s.ip_address) AS address, nullif(s.session_id, '') AS session, s.resource_id::pg_catalog.text AS resource,
           s.resource_type AS type,
           CASE WHEN s.created_at > '-infinity' AND s.created_at < '294247-01-01Z' THEN s.created_at END AS at
    FROM seen s),
counted AS (
    SELECT p.via, CASE grouping(p.actor, p.address, p.session, p.resource)
                      WHEN 7 THEN 'actor' WHEN 11 THEN 'address' WHEN 13 THEN 'session' WHEN 14 THEN 'resource' ELSE 'all' END
                      AS kind,
           coalesce(p.actor, p.address, p.session, p.resource) AS value,
           CASE grouping(p.actor, p.address, p.session, p.resource)
               WHEN 7 THEN pg_catalog.max(p.email) WHEN 14 THEN pg_catalog.max(p.type) END AS name,
           pg_catalog.count(*) AS entries, pg_catalog.min(p.at) AS first, pg_catalog.max(p.at) AS last
    FROM placed p
    GROUP BY GROUPING SETS ((p.via, p.actor), (p.via, p.address), (p.via, p.session), (p.via, p.resource), ())),
ranked AS (
    SELECT c.*, pg_catalog.count(*) OVER (PARTITION BY c.kind) AS kinds,
           pg_catalog.row_number() OVER (PARTITION BY c.kind ORDER BY c.entries DESC, c.last DESC NULLS LAST,
                                                                      c.value COLLATE "C", c.via COLLATE "C") AS place
    FROM counted c
    WHERE c.kind = 'all'
       OR c.value IS NOT NULL
          AND NOT EXISTS (SELECT FROM unnest($1::pg_catalog.text[], $2::pg_catalog.text[]) AS k (kind, value)
                          WHERE k.kind = c.kind
                            AND c.value = CASE k.kind WHEN 'address' THEN pg_catalog.abbrev(k.value::pg_catalog.inet)
                                                      ELSE k.value END))
SELECT r.kind, r.value, r.name, r.via, r.entries, (extract(epoch FROM r.first) * 1000000)::pg_catalog.int8,
       (extract(epoch FROM r.last) * 1000000)::pg_catalog.int8, r.kinds
FROM ranked r
WHERE r.place <= $3::pg_catalog.int8
ORDER BY pg_catalog.array_position('{all,actor,address,session,resource}'::pg_catalog.text[], r.kind), r.place
