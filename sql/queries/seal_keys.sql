-- Changes of the seal log's key, oldest first.
-- Parameters: none. Result: number; verifier key; from which size of the seal log on; note (hexadecimal).
SELECT k.number, k.vkey, k.from_size, pg_catalog.encode(k.note, 'hex')
FROM ONLY auditproof.log_key AS k
ORDER BY k.number;
