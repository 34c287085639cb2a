-- Delete some of a tenant's rows of performance_analytics that a plan names.
-- Parameters: $1 digest (hexadecimal); $2 chain; $3 how many at most; $4 the caller's clock, in microseconds since 1970.
-- Result: how many left, NULL when the plan's time is over.
SELECT auditproof.purge_batch_rows(pg_catalog.decode($1, 'hex'), $2::pg_catalog.uuid, $3::pg_catalog.int4,
                                   '1970-01-01 00:00:00+00'::pg_catalog.timestamptz
                                   OPERATOR(pg_catalog.+) ($4::pg_catalog.int8 OPERATOR(pg_catalog.*) '1 us'::pg_catalog.interval));
