-- The first two say what the third does to an index, which row level security keeps the server from finding out.
-- Parameters: $1 address or network.
  AND l.ip_address >= pg_catalog.network($1::pg_catalog.inet)::pg_catalog.inet
  AND l.ip_address <= pg_catalog.set_masklen(pg_catalog.broadcast($1::pg_catalog.inet),
                                             CASE pg_catalog.family($1::pg_catalog.inet) WHEN 4 THEN 32 ELSE 128 END)
  AND l.ip_address OPERATOR(pg_catalog.<<=) $1::pg_catalog.inet
