-- How an attempt ended. Parameters: $1 report, $2 its time in microseconds since 1970, $3 attempt; $4 what went wrong, or
-- NULL, $5 in how many seconds to try again, or NULL; $6 where the output is, $7 its SHA-256 in hexadecimal, $8 its bytes,
-- $9 verdict, $10 SHA-256 of a bundle beside it in hexadecimal, or NULL. Result: was it still this runner's
SELECT auditproof.run_finish($1::pg_catalog.uuid,
                             'epoch'::pg_catalog.timestamptz + $2::pg_catalog.int8 * interval '1 microsecond',
                             $3::pg_catalog.int4, $4::pg_catalog.text, $5::pg_catalog.int4 * interval '1 second',
                             $6::pg_catalog.text, pg_catalog.decode($7::pg_catalog.text, 'hex'), $8::pg_catalog.int8,
                             $9::pg_catalog.text, pg_catalog.decode($10::pg_catalog.text, 'hex'))
