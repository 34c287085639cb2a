-- The seal log, in its order; equal numbers come in the order of their storage.
-- Parameters: none. Result: a stream of log_index, chain_id, size, root, entry_hash, sealed_at.
COPY (SELECT s.log_index, s.chain_id, s.size, s.root, s.entry_hash, s.sealed_at
      FROM ONLY auditproof.seal AS s
      ORDER BY s.log_index, s.ctid) TO STDOUT (FORMAT binary);
