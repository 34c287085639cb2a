-- Parameters: $1 number; $2 reason; $3 boundary; $4 note, hexadecimal; $5 time in microseconds since 1970. Result: nothing.
SELECT auditproof.seal_epoch($1::pg_catalog.int4, $3::pg_catalog.int8, $2, pg_catalog.decode($4, 'hex'),
                             '1970-01-01 00:00:00+00'::pg_catalog.timestamptz
                             OPERATOR(pg_catalog.+) ($5::pg_catalog.int8 OPERATOR(pg_catalog.*) '1 us'::pg_catalog.interval));
