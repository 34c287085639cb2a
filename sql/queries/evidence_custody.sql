-- Who beside the log's own key attested a checkpoint: witnesses, and the newest time-stamp.
-- Parameters: $1 its size. Result: kind, name, attested at in microseconds since 1970, SHA-256 of the answer
-- (hexadecimal).
SELECT a.kind, a.name, (EXTRACT(epoch FROM a.attested_at) * 1000000)::pg_catalog.int8,
       pg_catalog.encode(pg_catalog.sha256(a.answer), 'hex')
FROM auditproof.attestation AS a
WHERE a.checkpoint_size = $1::pg_catalog.int8
  AND (a.kind = 'witness'
       OR a.kind = 'timestamp'
          AND NOT EXISTS (SELECT FROM auditproof.attestation AS b
                          WHERE b.checkpoint_size = a.checkpoint_size AND b.kind = 'timestamp'
                            AND (b.attested_at > a.attested_at OR b.attested_at = a.attested_at AND b.name < a.name)))
ORDER BY a.attested_at, a.kind, a.name;
