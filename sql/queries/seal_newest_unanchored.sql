-- The checkpoint of a round, when an anchor has not answered for it.
-- Parameters: $1 kind; $2 name of the anchor; $3 origin; $4 its size.
-- Result: size, note (hexadecimal), the size that the anchor answered for last under this origin (0 when none).
SELECT c.size, pg_catalog.encode(c.note, 'hex'),
       coalesce((SELECT l.checkpoint_size
                   FROM (SELECT a.checkpoint_size FROM auditproof.attestation AS a
                          WHERE a.kind = $1 AND a.name = $2 ORDER BY a.checkpoint_size DESC LIMIT 1) AS l
                   JOIN auditproof.checkpoint AS k ON k.size = l.checkpoint_size AND k.origin = $3), 0)
FROM auditproof.checkpoint AS c
WHERE c.origin = $3 AND c.size = $4::pg_catalog.int8
  AND NOT EXISTS (SELECT FROM auditproof.attestation AS a
                   WHERE a.checkpoint_size = c.size AND a.kind = $1 AND a.name = $2);
