-- What a time-stamp authority answered for a checkpoint, each time that it was asked.
-- Parameters: $1 size of the checkpoint; $2 name of the anchor.
-- Result: name (that of the anchor, or with " #" and a number after it), answer and note (hexadecimal).
SELECT a.name, pg_catalog.encode(a.answer, 'hex'), pg_catalog.encode(c.note, 'hex')
FROM auditproof.checkpoint AS c
JOIN auditproof.attestation AS a ON a.checkpoint_size = c.size
WHERE c.size = $1::pg_catalog.int8 AND a.kind = 'timestamp'
  AND (a.name = $2 OR pg_catalog.starts_with(a.name, $2 || ' #'));
