-- Time-stamps over the database's own checkpoints, the smallest checkpoint first.
-- Parameters: none. Result: a stream of size, name of the anchor, note, time-stamp reply.
COPY (SELECT c.size, a.name, c.note, a.answer
      FROM ONLY auditproof.attestation AS a
      JOIN ONLY auditproof.checkpoint AS c ON c.size = a.checkpoint_size
      WHERE a.kind = 'timestamp'
      ORDER BY c.size, a.name) TO STDOUT (FORMAT binary);
