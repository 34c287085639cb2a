-- Begin what a plan says, or go on.
-- Parameters: $1 its digest (hexadecimal); $2 verifier key of the certificate; $3 archives, as JSON; $4 the caller's clock,
--             in microseconds since 1970. Result: purge id.
SELECT auditproof.purge_begin(pg_catalog.decode($1, 'hex'), $2, $3::pg_catalog.jsonb,
                              '1970-01-01 00:00:00+00'::pg_catalog.timestamptz
                              OPERATOR(pg_catalog.+) ($4::pg_catalog.int8 OPERATOR(pg_catalog.*) '1 us'::pg_catalog.interval));
