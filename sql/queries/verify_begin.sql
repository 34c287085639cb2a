-- Facts about the snapshot that a verification runs in; it is exported for the other connections.
-- Parameters: none.
-- Result: snapshot id, time of the snapshot in microseconds since 1970, in recovery, the time now: nothing that the
--         snapshot shows was recorded later.
SELECT pg_catalog.pg_export_snapshot(), (EXTRACT(epoch FROM pg_catalog.now()) * 1000000)::pg_catalog.int8,
       pg_catalog.pg_is_in_recovery(),
       (EXTRACT(epoch FROM pg_catalog.clock_timestamp()) * 1000000)::pg_catalog.int8;
