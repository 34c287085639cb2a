-- The server's clock. Parameters: none. Result: microseconds since 1970
SELECT (extract(epoch FROM pg_catalog.clock_timestamp()) * 1000000)::pg_catalog.int8
