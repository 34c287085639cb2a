-- What became of an attempt to send a mail. Parameters: $1 report, $2 its time in microseconds since 1970, $3 recipient,
-- $4 attempt, $5 'sent', 'refused', 'later' or 'blocked', $6 what was said, or NULL, $7 in how many seconds to try again, or NULL.
-- Result: was it still this runner's
SELECT auditproof.mail_settle($1::pg_catalog.uuid,
                              'epoch'::pg_catalog.timestamptz + $2::pg_catalog.int8 * interval '1 microsecond',
                              $3::pg_catalog.text, $4::pg_catalog.int4, $5::pg_catalog.text, $6::pg_catalog.text,
                              $7::pg_catalog.int4 * interval '1 second')
