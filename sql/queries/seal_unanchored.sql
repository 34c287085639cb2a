-- Checkpoints that an anchor lacks, oldest first: they are handed over in this order, so all that are newer than the
-- newest one that it has, up to the one of this round. What was sealed since is for who sealed it.
-- Parameters: $1 kind; $2 name of the anchor; $3 origin; $4 newest size that it shows, or NULL: then what it has
--             answered for last counts; $5 the size of the log in this round.
-- Result: size, note (hexadecimal).
SELECT c.size, pg_catalog.encode(c.note, 'hex')
FROM auditproof.checkpoint AS c
WHERE c.origin = $3 AND c.size <= $5::pg_catalog.int8
  AND c.size > coalesce($4::pg_catalog.int8,
                        (SELECT a.checkpoint_size FROM auditproof.attestation AS a
                          WHERE a.kind = $1 AND a.name = $2 ORDER BY a.checkpoint_size DESC LIMIT 1), 0)
ORDER BY c.size
LIMIT 1000;
