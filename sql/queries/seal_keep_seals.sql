-- Parameters: $1 seals as auditproof.seal_record takes them; $2 time in microseconds since 1970. Result: nothing.
SELECT auditproof.seal_record($1::pg_catalog.json, '1970-01-01 00:00:00+00'::pg_catalog.timestamptz
                              OPERATOR(pg_catalog.+) ($2::pg_catalog.int8 OPERATOR(pg_catalog.*) '1 us'::pg_catalog.interval));
