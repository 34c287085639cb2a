-- The newest checkpoint that an anchor has answered for.
-- Parameters: $1 kind; $2 name of the anchor. Result: no row, or origin and size.
SELECT c.origin, c.size
FROM auditproof.checkpoint AS c
WHERE c.size = (SELECT pg_catalog.max(a.checkpoint_size)
                  FROM auditproof.attestation AS a
                 WHERE a.kind = $1 AND a.name = $2);
