-- When the snapshot of this transaction was asked for.
-- Parameters: none. Result: microseconds since 1970.
SELECT pg_catalog.trunc(EXTRACT(epoch FROM pg_catalog.now()) * 1000000);
