-- Delete the next entries of a chain that a plan names.
-- Parameters: $1 digest (hexadecimal); $2 chain; $3 after which seq; $4 how many at most; $5 the caller's clock, in
--             microseconds since 1970.
-- Result: the last seq that was looked at, NULL for none; how many left; how many stay. No row when the plan's time is over.
SELECT b.through_seq, b.purged, b.kept
FROM auditproof.purge_batch(pg_catalog.decode($1, 'hex'), $2::pg_catalog.uuid, $3::pg_catalog.int8, $4::pg_catalog.int4,
                            '1970-01-01 00:00:00+00'::pg_catalog.timestamptz
                            OPERATOR(pg_catalog.+) ($5::pg_catalog.int8 OPERATOR(pg_catalog.*) '1 us'::pg_catalog.interval))
     AS b;
