-- How telling ended. Parameters: $1 report, $2 scheduled_for in microseconds since 1970, $3 moment, $4 about, $5 attempt,
-- $6 what went wrong, or NULL. Result: was it still this caller's
SELECT auditproof.notice_end($1::pg_catalog.uuid,
                             'epoch'::pg_catalog.timestamptz + $2::pg_catalog.int8 * interval '1 microsecond',
                             $3::pg_catalog.text, $4::pg_catalog.text, $5::pg_catalog.int4, $6::pg_catalog.text)
