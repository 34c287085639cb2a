-- Give a run back. Parameters: $1 report, $2 its time in microseconds since 1970, $3 attempt. Result: was it still this runner's
SELECT auditproof.run_release($1::pg_catalog.uuid,
                              'epoch'::pg_catalog.timestamptz + $2::pg_catalog.int8 * interval '1 microsecond',
                              $3::pg_catalog.int4)
