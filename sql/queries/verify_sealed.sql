-- Every seal, held against the entry that it names: what does not agree, a chain, apart for the seals that a checkpoint
-- covers and those that none does. Entries may be looked up by an index, which could at worst fail to find one: what
-- was found is compared once more. The seals themselves are read from the table.
-- Parameters: $1 chain id or NULL for all; $2 how many seals are covered.
-- Result: chain id; covered or not; how many seals name an entry with another hash; the first of these: size, log
--         index, hash there and hash sealed (hexadecimal); the size of the last seal before that which agrees, 0 for
--         none; how many name an entry that is not there; the last of these: size, log index, when it was sealed
--         (microseconds since 1970, NULL where it does not say). First comes a row with chain id NULL, whose third
--         column is how many seals were compared.
WITH sealed AS MATERIALIZED (
    SELECT s.log_index, s.chain_id, s.size, s.entry_hash, s.sealed_at
    FROM ONLY auditproof.seal AS s
    WHERE $1::pg_catalog.uuid IS NULL OR s.chain_id::pg_catalog.text = $1::pg_catalog.uuid::pg_catalog.text
), compared AS (
    SELECT s.chain_id, s.log_index < $2::pg_catalog.int8 AS covered, s.log_index, s.size, s.sealed_at,
           s.entry_hash AS sealed, e.entry_hash AS there, e.seq IS NULL AS absent,
           coalesce(e.entry_hash = s.entry_hash, false) AS agrees
    FROM sealed AS s
    LEFT JOIN ONLY auditproof.chain_entry AS e
        ON e.chain_id = s.chain_id AND e.seq = s.size
        AND e.chain_id::pg_catalog.text = s.chain_id::pg_catalog.text AND e.seq::pg_catalog.text = s.size::pg_catalog.text
    -- What lacks one of these is no seal, and is told of where the log is rebuilt.
    WHERE s.chain_id IS NOT NULL AND s.size IS NOT NULL AND s.log_index IS NOT NULL
), placed AS (
    SELECT c.*, pg_catalog.min(c.size) FILTER (WHERE NOT c.agrees AND NOT c.absent)
                    OVER (PARTITION BY c.chain_id) AS differs_at
    FROM compared AS c
), known AS (
    SELECT p.*, pg_catalog.max(p.size) FILTER (WHERE p.agrees AND p.size < p.differs_at)
                    OVER (PARTITION BY p.chain_id) AS agreed
    FROM placed AS p
)
SELECT NULL::pg_catalog.uuid, NULL::pg_catalog.bool, pg_catalog.count(*), NULL::pg_catalog.int8, NULL::pg_catalog.int8,
       NULL::pg_catalog.text, NULL::pg_catalog.text, NULL::pg_catalog.int8, NULL::pg_catalog.int8,
       NULL::pg_catalog.int8, NULL::pg_catalog.int8, NULL::pg_catalog.int8
FROM sealed AS s
UNION ALL
(SELECT k.chain_id, k.covered,
        pg_catalog.count(*) FILTER (WHERE NOT k.absent),
        pg_catalog.min(k.size) FILTER (WHERE NOT k.absent),
        (pg_catalog.array_agg(k.log_index ORDER BY k.size, k.log_index) FILTER (WHERE NOT k.absent))[1],
        pg_catalog.encode((pg_catalog.array_agg(k.there ORDER BY k.size, k.log_index) FILTER (WHERE NOT k.absent))[1], 'hex'),
        pg_catalog.encode((pg_catalog.array_agg(k.sealed ORDER BY k.size, k.log_index) FILTER (WHERE NOT k.absent))[1], 'hex'),
        coalesce(pg_catalog.max(k.agreed), 0),
        pg_catalog.count(*) FILTER (WHERE k.absent),
        pg_catalog.max(k.size) FILTER (WHERE k.absent),
        (pg_catalog.array_agg(k.log_index ORDER BY k.size DESC, k.log_index) FILTER (WHERE k.absent))[1],
        (EXTRACT(epoch FROM pg_catalog.max(k.sealed_at) FILTER (WHERE k.absent AND pg_catalog.isfinite(k.sealed_at)))
             * 1000000)::pg_catalog.int8
 FROM known AS k
 WHERE NOT k.agrees
 GROUP BY k.chain_id, k.covered
 ORDER BY k.chain_id, k.covered DESC);
