-- Single entries of chains. They may be looked up by an index, which could at worst fail to find one: what was found is
-- compared once more.
-- Parameters: $1 chain ids, $2 sequence numbers, as many.
-- Result: the place in the arrays, from 1; entry hash (hexadecimal); when it was recorded (microseconds since 1970).
SELECT p.place, pg_catalog.encode(e.entry_hash, 'hex'),
       CASE WHEN pg_catalog.isfinite(e.recorded_at) THEN (EXTRACT(epoch FROM e.recorded_at) * 1000000)::pg_catalog.int8 END
FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.uuid[]), pg_catalog.unnest($2::pg_catalog.int8[]))
         WITH ORDINALITY AS p(chain_id, seq, place)
JOIN ONLY auditproof.chain_entry AS e
    ON e.chain_id = p.chain_id AND e.seq = p.seq
    AND e.chain_id::pg_catalog.text = p.chain_id::pg_catalog.text AND e.seq::pg_catalog.text = p.seq::pg_catalog.text
ORDER BY p.place;
