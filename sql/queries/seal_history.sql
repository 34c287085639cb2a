-- Notes of changed keys and declared restores, oldest first; a restore before the change of name that comes with it.
-- Parameters: none. Result: note (hexadecimal).
SELECT pg_catalog.encode(n.note, 'hex')
FROM (SELECT k.note, k.signed_at, 1 AS kind, k.number FROM auditproof.log_key AS k
      UNION ALL
      SELECT e.note, e.signed_at, 0 AS kind, e.number FROM auditproof.epoch AS e) AS n
ORDER BY n.signed_at, n.kind, n.number;
