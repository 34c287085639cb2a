-- The newest checkpoint of fewer seals than a size.
-- Parameters: $1 the size. Result: size, note (hexadecimal); no row when there is none.
SELECT c.size, pg_catalog.encode(c.note, 'hex')
FROM auditproof.checkpoint AS c
WHERE c.size < $1::pg_catalog.int8
ORDER BY c.size DESC
LIMIT 1;
