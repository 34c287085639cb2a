-- The newest checkpoint, and how long the seal log is.
-- Parameters: none. Result: one row: size, origin, root, note (hexadecimal) and time in microseconds of the checkpoint,
--             NULL when there is none; number of seals.
SELECT c.size, c.origin, pg_catalog.encode(c.root, 'hex'), pg_catalog.encode(c.note, 'hex'),
       (EXTRACT(epoch FROM c.sealed_at) * 1000000)::pg_catalog.int8,
       (SELECT coalesce(pg_catalog.max(s.log_index) + 1, 0) FROM auditproof.seal AS s)
FROM (SELECT) AS one
LEFT JOIN (SELECT k.* FROM auditproof.checkpoint AS k ORDER BY k.size DESC LIMIT 1) AS c ON true;
