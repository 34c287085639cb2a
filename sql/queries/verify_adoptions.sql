-- What was adopted, and whether the chains say so too. The authorities are the entries audit.adoption_started and
-- audit.adoption_finished of the adoption, in its own chain or, where nothing can be written to that any more, in the
-- system chain; the one is before all that was adopted and the other after it, and it tells how much that was, and of the
-- first 1,000 ranges where. One that has itself left after its window authorises by its place in the chain.
-- Its row may be looked up by an index, which could at worst fail to find it: the ids are compared once more.
-- Parameters: $1 chain id or NULL for all; $2, $3 first and last seq or NULL.
-- Result: chain_id, number, how many of the entries asked for it adopted, the last seq of all that it adopted, what is
--         wrong with it or NULL.
WITH system_chain(id) AS (
    SELECT '00000000-0000-0000-0000-000000000000'::pg_catalog.uuid
), ranges AS (
    SELECT r.chain_id, r.number, r.first_seq, r.last_seq,
           r.first_seq <= pg_catalog.max(r.last_seq) OVER (PARTITION BY r.chain_id ORDER BY r.first_seq, r.last_seq
               ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS overlaps,
           pg_catalog.row_number() OVER (PARTITION BY r.chain_id, r.number ORDER BY r.first_seq, r.last_seq) AS place
    FROM auditproof.adoption_range AS r
    WHERE $1::pg_catalog.uuid IS NULL OR r.chain_id = $1::pg_catalog.uuid
), covered AS (
    SELECT r.chain_id, r.number, pg_catalog.count(*) AS ranges, pg_catalog.min(r.first_seq) AS first_seq,
           pg_catalog.max(r.last_seq) AS last_seq, pg_catalog.bool_or(r.overlaps) AS overlap,
           pg_catalog.sum(r.last_seq::pg_catalog.numeric - r.first_seq + 1) AS entries,
           pg_catalog.sum(GREATEST(LEAST(r.last_seq, $3::pg_catalog.int8)::pg_catalog.numeric
                                   - GREATEST(r.first_seq, $2::pg_catalog.int8) + 1, 0)) AS asked,
           pg_catalog.jsonb_agg(pg_catalog.jsonb_build_array(r.first_seq, r.last_seq) ORDER BY r.place)
               FILTER (WHERE r.place <= 1000) AS listed
    FROM ranges AS r
    GROUP BY r.chain_id, r.number
), adoptions AS (
    SELECT chain_id, number, a.number IS NOT NULL AS recorded, a.started_log_id, a.finished_log_id, a.row_count,
           a.adopted_count, coalesce(v.ranges, 0) AS ranges, v.first_seq, v.last_seq, v.overlap,
           coalesce(v.entries, 0) AS entries, coalesce(v.asked, 0) AS asked, coalesce(v.listed, '[]') AS listed
    FROM (SELECT * FROM auditproof.adoption AS a
          WHERE $1::pg_catalog.uuid IS NULL OR a.chain_id = $1::pg_catalog.uuid) AS a
    FULL JOIN covered AS v USING (chain_id, number)
), told AS (
    SELECT a.chain_id, a.number, w.finish, pg_catalog.max(e.seq) FILTER (WHERE e.chain_id = a.chain_id) AS seq,
           pg_catalog.bool_or(CASE
               WHEN l.id IS NULL THEN EXISTS (SELECT FROM auditproof.purge_range AS p WHERE p.chain_id = e.chain_id
                                              AND e.seq >= p.from_seq AND e.seq <= p.to_seq)
               ELSE l.metadata ->> 'chain_id' = a.chain_id::pg_catalog.text
                    AND l.metadata ->> 'adoption' = a.number::pg_catalog.text
                    AND CASE WHEN w.finish
                             THEN l.action = 'audit.adoption_finished'
                                  AND l.metadata ->> 'started_log_id' = a.started_log_id::pg_catalog.text
                                  AND l.metadata ->> 'adopted' = a.entries::pg_catalog.text
                                  AND l.metadata ->> 'range_count' = a.ranges::pg_catalog.text
                                  AND l.metadata -> 'ranges' = a.listed
                             ELSE l.action = 'audit.adoption_started'
                                  AND l.metadata ->> 'rows' = a.row_count::pg_catalog.text END END) AS tells
    FROM adoptions AS a
    CROSS JOIN system_chain AS s
    CROSS JOIN LATERAL (VALUES (false, a.started_log_id), (true, a.finished_log_id)) AS w(finish, log_id)
    JOIN auditproof.chain_entry AS e
        ON e.log_id = w.log_id AND e.chain_id IN (a.chain_id, s.id)
        AND e.log_id::pg_catalog.text = w.log_id::pg_catalog.text
        AND e.chain_id::pg_catalog.text IN (a.chain_id::pg_catalog.text, s.id::pg_catalog.text)
    LEFT JOIN public.audit_logs AS l
        ON l.id = e.log_id AND l.id::pg_catalog.text = e.log_id::pg_catalog.text
        AND coalesce(l.organization_id, s.id) = e.chain_id
    GROUP BY a.chain_id, a.number, w.finish
)
SELECT a.chain_id, a.number, LEAST(a.asked, 9223372036854775807)::pg_catalog.int8, a.last_seq,
       CASE WHEN NOT a.recorded THEN 'it has ranges, and no adoption of that number is on record'
            WHEN a.started_log_id IS NULL AND (a.ranges > 0 OR a.adopted_count <> 0 OR a.finished_log_id IS NOT NULL)
            THEN 'it has adopted entries, and was not started'
            WHEN a.started_log_id IS NOT NULL AND b.number IS NULL THEN 'no chained entry tells of its start'
            WHEN a.started_log_id IS NOT NULL AND b.tells IS NOT TRUE
            THEN 'the entry that should tell of its start does not'
            WHEN a.finished_log_id IS NOT NULL AND f.number IS NULL THEN 'no chained entry tells of its end'
            WHEN a.overlap THEN 'a range of it overlaps another'
            WHEN a.entries <> a.adopted_count
            THEN pg_catalog.format('its ranges hold %s entries, and %s are on record', a.entries, a.adopted_count)
            WHEN a.first_seq < 1 OR a.first_seq <= b.seq THEN 'a range begins before the entry that tells of its start'
            WHEN a.last_seq >= f.seq THEN 'a range ends after the entry that tells of its end'
            WHEN a.finished_log_id IS NOT NULL AND f.tells IS NOT TRUE
            THEN 'the entry that should tell of its end does not, or tells of other ranges' END
FROM adoptions AS a
LEFT JOIN told AS b ON b.chain_id = a.chain_id AND b.number = a.number AND NOT b.finish
LEFT JOIN told AS f ON f.chain_id = a.chain_id AND f.number = a.number AND f.finish
ORDER BY a.chain_id, a.number;
