-- When auditproof was installed: it tells databases apart, and stays through dump and restore. And which copy of the database
-- this is: another after a restore, and in a database made from this one as its template.
-- Parameters: none. Result: microseconds since 1970; a number that another copy does not have.
SELECT (EXTRACT(epoch FROM pg_catalog.min(m.applied_at)) * 1000000)::pg_catalog.int8,
       (SELECT d.oid::pg_catalog.int8 % 2147483648 * 4294967296 + 'auditproof.chain_entry'::pg_catalog.regclass::pg_catalog.oid::pg_catalog.int8
          FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database())
FROM auditproof.migration AS m
WHERE m.number > 0 AND pg_catalog.isfinite(m.applied_at);
