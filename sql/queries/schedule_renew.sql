-- Keep a run. Parameters: $1 report, $2 its time in microseconds since 1970, $3 attempt, $4 lease in seconds.
-- Result: is it still this runner's
SELECT auditproof.run_renew($1::pg_catalog.uuid,
                            'epoch'::pg_catalog.timestamptz + $2::pg_catalog.int8 * interval '1 microsecond',
                            $3::pg_catalog.int4, $4::pg_catalog.int4 * interval '1 second')
