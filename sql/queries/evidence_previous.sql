-- The newest checkpoint of fewer seals than a size that was made before a time.
-- Parameters: $1 the size; $2 the time, in microseconds since 1970, or NULL: at any time.
-- Result: size, sealed at in microseconds since 1970, note (hexadecimal); no row when there is none.
SELECT c.size, (EXTRACT(epoch FROM c.sealed_at) * 1000000)::pg_catalog.int8, pg_catalog.encode(c.note, 'hex')
FROM auditproof.checkpoint AS c
WHERE c.size < $1::pg_catalog.int8
  AND ($2::pg_catalog.int8 IS NULL
       OR c.sealed_at < 'epoch'::pg_catalog.timestamptz + $2::pg_catalog.int8 * '1 microsecond'::pg_catalog.interval)
ORDER BY c.size DESC
LIMIT 1;
