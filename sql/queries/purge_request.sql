-- Write a plan of what may leave.
-- Parameters: $1 chain or NULL for all; $2 table; $3, $4 seconds within which it is to be approved and executed.
-- Result: its digest (hexadecimal), NULL when nothing is due.
SELECT pg_catalog.encode(auditproof.purge_request($1::pg_catalog.uuid, $2::pg_catalog.text,
                                                  pg_catalog.make_interval(secs => $3::pg_catalog.float8),
                                                  pg_catalog.make_interval(secs => $4::pg_catalog.float8)), 'hex');
