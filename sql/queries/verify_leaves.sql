-- The COPY statement that reads the stored leaves of a part of one chain.
-- Parameters: $1 chain id; $2, $3 first and last seq. Result: the statement. Its columns: index of a tile; its hashes.
SELECT pg_catalog.format(
    'COPY (SELECT t.index, t.hashes FROM ONLY auditproof.tile AS t'
    ' WHERE t.tree = %L::pg_catalog.uuid AND t.level = 0 AND t.index >= %L::pg_catalog.int8'
    ' AND t.index <= %L::pg_catalog.int8) TO STDOUT (FORMAT binary)',
    $1::pg_catalog.uuid, ($2::pg_catalog.int8 - 1) / 256, ($3::pg_catalog.int8 - 1) / 256);
