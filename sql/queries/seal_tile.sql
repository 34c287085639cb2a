-- Parameters: $1 tree; $2 level; $3 index. Result: its hashes, hexadecimal; no row when it is not there.
SELECT pg_catalog.encode(t.hashes, 'hex')
FROM auditproof.tile AS t
WHERE t.tree = $1::pg_catalog.uuid AND t.level = $2::pg_catalog.int2 AND t.index = $3::pg_catalog.int8;
