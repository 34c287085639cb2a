-- Parameters: $1 address or network.
  AND l.ip_address OPERATOR(pg_catalog.<<=) $1::pg_catalog.inet
