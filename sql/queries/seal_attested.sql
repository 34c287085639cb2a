-- What witnesses and time-stamp authorities said of a checkpoint.
-- Parameters: $1 its size. Result: cosignature lines, one after the other, and the newest time-stamp reply or NULL, both
-- hexadecimal.
SELECT pg_catalog.encode(coalesce(pg_catalog.string_agg(a.answer, ''::bytea ORDER BY a.name)
                                  FILTER (WHERE a.kind = 'witness'), ''::bytea), 'hex'),
       pg_catalog.encode((pg_catalog.array_agg(a.answer ORDER BY a.attested_at DESC, a.name)
                          FILTER (WHERE a.kind = 'timestamp'))[1], 'hex')
FROM auditproof.attestation AS a
WHERE a.checkpoint_size = $1::pg_catalog.int8;
