-- A checkpoint with what witnesses and time-stamp authorities said of it.
-- Parameters: $1 its size, or NULL: the newest.
-- Result: no row when there is none; else the note and its cosignature lines, one after the other (hexadecimal); the newest
--         time-stamp reply (hexadecimal), NULL when there is none.
SELECT pg_catalog.encode(c.note || coalesce((SELECT pg_catalog.string_agg(a.answer, ''::bytea ORDER BY a.name)
                                               FROM auditproof.attestation AS a
                                              WHERE a.checkpoint_size = c.size AND a.kind = 'witness'), ''::bytea), 'hex'),
       (SELECT pg_catalog.encode(a.answer, 'hex')
          FROM auditproof.attestation AS a
         WHERE a.checkpoint_size = c.size AND a.kind = 'timestamp'
         ORDER BY a.attested_at DESC, a.name
         LIMIT 1)
FROM auditproof.checkpoint AS c
WHERE c.size = coalesce($1::pg_catalog.int8, (SELECT pg_catalog.max(k.size) FROM auditproof.checkpoint AS k));
