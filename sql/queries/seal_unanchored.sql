-- Checkpoints that an anchor lacks, oldest first.
-- Parameters: $1 kind; $2 name of the anchor; $3 origin; $4 newest size that it shows, or NULL: then what it has not answered
--             for counts.
-- Result: size, note (hexadecimal).
SELECT c.size, pg_catalog.encode(c.note, 'hex')
FROM auditproof.checkpoint AS c
WHERE c.origin = $3
  AND CASE WHEN $4::pg_catalog.int8 IS NOT NULL THEN c.size > $4::pg_catalog.int8
           ELSE NOT EXISTS (SELECT FROM auditproof.attestation AS a
                             WHERE a.checkpoint_size = c.size AND a.kind = $1 AND a.name = $2) END
ORDER BY c.size
LIMIT 1000;
