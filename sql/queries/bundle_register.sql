-- Register a bundle that was written.
-- Parameters: $1 chain, $2 kind, $3 SHA-256 of the archive and $4 of its tag manifest (hexadecimal), $5 bytes, $6 from, $7 to and
-- $8 read at (microseconds since 1970), $9 seqs (int8multirange), $10 entries, $11 groups (text[]), $12 SHA-256 of the
-- certificate that it is encrypted to (hexadecimal) or NULL, $13 to whom it is given, or NULL.
-- Result: its id in the register.
SELECT auditproof.bundle_register($1::pg_catalog.uuid, $2, pg_catalog.decode($3, 'hex'), pg_catalog.decode($4, 'hex'),
                                  $5::pg_catalog.int8, t.at[1], t.at[2], t.at[3], $9::pg_catalog.int8multirange,
                                  $10::pg_catalog.int8, $11::pg_catalog.text[], pg_catalog.decode($12, 'hex'), $13)
FROM (SELECT pg_catalog.array_agg('1970-01-01 00:00:00+00'::pg_catalog.timestamptz
                                  + x.us::pg_catalog.int8 * '1 us'::pg_catalog.interval ORDER BY x.place) AS at
      FROM pg_catalog.unnest(ARRAY[$6, $7, $8]) WITH ORDINALITY AS x (us, place)) AS t;
