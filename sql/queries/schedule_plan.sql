-- Record times at which a report was due. Parameters: $1 report; by one another $2 times, $3 from and $4 before of their
-- periods, $5 whether later ones follow; all times in microseconds since 1970. Result: how many were not known
SELECT auditproof.run_plan($1::pg_catalog.uuid,
    (SELECT pg_catalog.array_agg('epoch'::pg_catalog.timestamptz + t.us * interval '1 microsecond' ORDER BY t.n)
     FROM pg_catalog.unnest($2::pg_catalog.int8[]) WITH ORDINALITY AS t (us, n)),
    (SELECT pg_catalog.array_agg('epoch'::pg_catalog.timestamptz + t.us * interval '1 microsecond' ORDER BY t.n)
     FROM pg_catalog.unnest($3::pg_catalog.int8[]) WITH ORDINALITY AS t (us, n)),
    (SELECT pg_catalog.array_agg('epoch'::pg_catalog.timestamptz + t.us * interval '1 microsecond' ORDER BY t.n)
     FROM pg_catalog.unnest($4::pg_catalog.int8[]) WITH ORDINALITY AS t (us, n)),
    $5::pg_catalog.bool)
