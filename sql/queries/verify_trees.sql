-- The COPY statement that reads the leaves of every chain's tree, as they are stored, and between them, where they end,
-- the roots of its seals and the hashes above them; then those of the seal log's tree.
-- Parameters: $1 chain id or NULL for all. Result: the statement. Its columns: chain id; number of the first leaf of a
-- tile of leaves, from 0, or of the last under a seal or a tile above; log index of the seal, -1 less the level for a
-- tile; hashes, or the root; number of the tile.
SELECT pg_catalog.format(
    'COPY (SELECT x.chain_id, x.leaf, x.log_index, x.bytes, x.number FROM ('
    ' SELECT t.tree AS chain_id, t.index * 256 AS leaf, -1::pg_catalog.int8 AS log_index, t.hashes AS bytes,'
    ' t.index AS number'
    ' FROM ONLY auditproof.tile AS t WHERE t.level = 0 AND t.index >= 0 AND t.index < %2$L::pg_catalog.int8%1$s'
    ' UNION ALL SELECT t.tree, ((t.index * 256 + pg_catalog.octet_length(t.hashes) / 32) << (8 * t.level)) - 1, -1 - t.level,'
    ' t.hashes, t.index FROM ONLY auditproof.tile AS t WHERE t.level BETWEEN 1 AND 6 AND t.index >= 0'
    ' AND pg_catalog.octet_length(t.hashes) <= 8192 AND t.index < (%2$L::pg_catalog.int8 >> (8 * t.level + 1))%1$s'
    ' UNION ALL SELECT t.chain_id, t.size - 1, t.log_index, t.root, 0'
    ' FROM ONLY auditproof.seal AS t WHERE t.size >= 1 AND t.log_index >= 0%3$s) AS x'
    ' ORDER BY x.chain_id, x.leaf, x.log_index) TO STDOUT (FORMAT binary)',
    CASE WHEN $1::pg_catalog.uuid IS NULL THEN ''
         ELSE pg_catalog.format(' AND t.tree = %L::pg_catalog.uuid', $1::pg_catalog.uuid) END,
    -- As many as leave a number for each leaf.
    36028797018963968,
    CASE WHEN $1::pg_catalog.uuid IS NULL THEN ''
         ELSE pg_catalog.format(' AND t.chain_id = %L::pg_catalog.uuid', $1::pg_catalog.uuid) END);
