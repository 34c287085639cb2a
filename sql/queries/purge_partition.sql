-- Drop a month whose rows a plan names, if all may leave: auditproof.purge_partition().
-- Parameters: $1 digest (hexadecimal); $2 the partition; $3 the caller's clock, in microseconds since 1970.
-- Result: how many rows left, NULL when some may not; why; whether that is only that the month is to be verified (again). No
--         row when the plan's time is over, or the month is gone.
SELECT b.purged, b.why, b.again
FROM auditproof.purge_partition(pg_catalog.decode($1, 'hex'), $2::pg_catalog.regclass,
                            '1970-01-01 00:00:00+00'::pg_catalog.timestamptz
                            OPERATOR(pg_catalog.+) ($3::pg_catalog.int8 OPERATOR(pg_catalog.*) '1 us'::pg_catalog.interval))
     AS b;
