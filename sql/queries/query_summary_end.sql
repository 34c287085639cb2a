-- Of each kind the most frequent; of hours all of them, by level (1 is informational, 5 critical). OFFSET 0 hides from the
-- planner that an hour is made of a time, of which there are as many as entries: it would sort them.
-- Parameters: $1 at most so many of a kind.
-- Columns: kind (the bits of GROUPING), value, detail, n, first and last (microseconds since 1970), groups (of the kind
--          in all), and those of them that have a value
OFFSET 0
), counted AS (
    SELECT GROUPING(f.hour, f.action, f.actor_id, f.ip_address, f.resource_type, f.organization_id) AS kind,
           CASE WHEN GROUPING(f.hour) = 0
                THEN (EXTRACT(epoch FROM f.hour) * 1000000)::pg_catalog.int8::pg_catalog.text
                ELSE coalesce(f.action, f.actor_id::pg_catalog.text, pg_catalog.abbrev(f.ip_address), f.resource_type,
                              f.organization_id::pg_catalog.text) END AS value,
           CASE WHEN GROUPING(f.hour) = 0 THEN f.level::pg_catalog.text ELSE f.actor_email END AS detail,
           pg_catalog.count(*) AS n, pg_catalog.min(f.at) AS first, pg_catalog.max(f.at) AS last
    FROM found AS f
    GROUP BY GROUPING SETS ((f.hour, f.level), (f.action), (f.actor_id, f.actor_email), (f.ip_address),
                            (f.resource_type), (f.organization_id))
), merged AS (
    -- An account is one, whatever addresses of mail its entries name: as query_value_actor has it.
    SELECT c.kind, c.value, pg_catalog.max(c.detail COLLATE "C") AS detail, pg_catalog.sum(c.n)::pg_catalog.int8 AS n,
           pg_catalog.min(c.first) AS first, pg_catalog.max(c.last) AS last
    FROM counted AS c
    GROUP BY c.kind, c.value, CASE WHEN c.kind = 31 OR c.value IS NULL THEN c.detail END
), ranked AS (
    SELECT c.*, pg_catalog.row_number() OVER (PARTITION BY c.kind ORDER BY c.n DESC, c.value COLLATE "C" NULLS LAST,
                                              c.detail COLLATE "C" NULLS LAST) AS rank,
           pg_catalog.count(*) OVER (PARTITION BY c.kind) AS groups,
           pg_catalog.count(coalesce(c.value, c.detail)) OVER (PARTITION BY c.kind) AS named
    FROM merged AS c
)
SELECT r.kind, r.value, r.detail, r.n, (EXTRACT(epoch FROM r.first) * 1000000)::pg_catalog.int8,
       (EXTRACT(epoch FROM r.last) * 1000000)::pg_catalog.int8, r.groups, r.named
FROM ranked AS r
WHERE r.rank <= $1::pg_catalog.int8 OR r.kind = 31
ORDER BY r.kind, r.rank
