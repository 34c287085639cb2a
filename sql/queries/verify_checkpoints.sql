-- The database's own checkpoints, the largest first, each with the cosignatures that witnesses gave.
-- Parameters: none. Result: a stream of size, origin, root, note, cosignatures.
COPY (SELECT c.size, c.origin, c.root, c.note, w.lines
      FROM ONLY auditproof.checkpoint AS c
      LEFT JOIN (SELECT a.checkpoint_size, pg_catalog.string_agg(a.answer, ''::pg_catalog.bytea ORDER BY a.name) AS lines
                 FROM ONLY auditproof.attestation AS a
                 WHERE a.kind = 'witness'
                 GROUP BY a.checkpoint_size) AS w ON w.checkpoint_size = c.size
      ORDER BY c.size DESC, c.ctid) TO STDOUT (FORMAT binary);
