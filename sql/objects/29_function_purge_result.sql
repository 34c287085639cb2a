-- What became of a chain that a plan names, for the certificate: what left, and why the rest stays.
CREATE OR REPLACE FUNCTION auditproof.purge_result(plan bytea, purge uuid, part json) RETURNS json
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET jit = off
AS $body$
DECLARE
    chain CONSTANT uuid := (part ->> 'chain')::uuid;
    left_ranges json;
    kept json;
    sums record;
    seal record;
BEGIN
    SELECT json_agg(json_build_array(m.from_seq, m.to_seq) ORDER BY m.from_seq) INTO left_ranges
      FROM (SELECT min(g.from_seq) AS from_seq, max(g.to_seq) AS to_seq
              FROM (SELECT r.from_seq, r.to_seq, sum(r.begins) OVER (ORDER BY r.from_seq) AS island
                      FROM (SELECT p.from_seq, p.to_seq,
                                   (p.from_seq - 1 IS DISTINCT FROM lag(p.to_seq) OVER (ORDER BY p.from_seq))::integer AS begins
                              FROM auditproof.purge_range p WHERE p.chain_id = chain AND p.purge_id = purge) AS r) AS g
             GROUP BY g.island) AS m;
    -- What left as it was planned is what the plan says, in the transactions of which it was asked for entry by entry;
    -- auditverify digests it again.
    IF left_ranges::jsonb = (part -> 'ranges')::jsonb THEN
        SELECT (part ->> 'entries')::bigint AS entries, part ->> 'recorded_from' AS recorded_from,
               part ->> 'recorded_to' AS recorded_to, part ->> 'ids_sha256' AS ids
          INTO sums;
    ELSE
        SELECT count(*) AS entries, auditproof.time_text(min(e.recorded_at)) AS recorded_from,
               auditproof.time_text(max(e.recorded_at)) AS recorded_to,
               encode(sha256(convert_to(coalesce(string_agg(e.log_id::text || E'\n', '' ORDER BY e.log_id), ''), 'UTF8')), 'hex')
                   AS ids
          INTO sums
          FROM auditproof.purge_range r
          JOIN auditproof.chain_entry e ON e.chain_id = r.chain_id AND e.seq >= r.from_seq AND e.seq <= r.to_seq
         WHERE r.chain_id = chain AND r.purge_id = purge;
    END IF;
    IF sums.entries < (part ->> 'entries')::bigint THEN
        WITH stays AS (
            SELECT w.seq, coalesce(w.why, 'not reached') AS why, w.holds
              FROM auditproof.purge_weigh(plan, chain, 0, 9223372036854775807) AS w
             WHERE NOT EXISTS (SELECT FROM auditproof.purge_range r
                                WHERE r.chain_id = chain AND r.purge_id = purge AND r.from_seq <= w.seq AND r.to_seq >= w.seq)
        ), islands AS (
            SELECT i.why, i.holds, count(*) AS entries, min(i.seq) AS from_seq, max(i.seq) AS to_seq
              FROM (SELECT s.*, s.seq - row_number() OVER (PARTITION BY s.why, s.holds ORDER BY s.seq) AS island
                      FROM stays s) AS i
             GROUP BY i.why, i.holds, i.island
        )
        SELECT json_agg(json_build_object('why', k.why, 'holds', coalesce(to_json(k.holds), '[]'), 'entries', k.entries,
                                          'ranges', k.ranges) ORDER BY k.why, k.holds)
          INTO kept
          FROM (SELECT i.why, i.holds, sum(i.entries) AS entries,
                       json_agg(json_build_array(i.from_seq, i.to_seq) ORDER BY i.from_seq) AS ranges
                  FROM islands i GROUP BY i.why, i.holds) AS k;
    END IF;
    SELECT s.size, s.root, s.log_index, s.sealed_at INTO seal
      FROM auditproof.seal s WHERE s.chain_id = chain ORDER BY s.size DESC LIMIT 1;
    RETURN json_build_object('chain', chain, 'years', part -> 'years', 'policy', part -> 'policy',
        'planned', part -> 'entries', 'destroyed', sums.entries, 'ids_sha256', sums.ids,
        'recorded_from', sums.recorded_from, 'recorded_to', sums.recorded_to,
        'first', (SELECT json_build_object('seq', e.seq, 'entry_hash', encode(e.entry_hash, 'hex'))
                    FROM auditproof.chain_entry e WHERE e.chain_id = chain AND e.seq = (left_ranges -> 0 ->> 0)::bigint),
        'last', (SELECT json_build_object('seq', e.seq, 'entry_hash', encode(e.entry_hash, 'hex'))
                   FROM auditproof.chain_entry e WHERE e.chain_id = chain AND e.seq = (left_ranges -> -1 ->> 1)::bigint),
        'ranges', coalesce(left_ranges, '[]'), 'kept', coalesce(kept, '[]'), 'held_when_planned', part -> 'held',
        'seal', CASE WHEN seal.size IS NOT NULL THEN
            json_build_object('size', seal.size, 'root', encode(seal.root, 'hex'), 'log_index', seal.log_index,
                              'sealed_at', auditproof.time_text(seal.sealed_at)) END);
END
$body$;
