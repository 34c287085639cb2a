-- What an erasure does not reach, as far as the server knows of it.
-- Parameters: none. Result: standbys that stream now, replication slots, whether write-ahead log is archived.
SELECT (SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_replication),
       (SELECT pg_catalog.string_agg(s.slot_name, ', ' ORDER BY s.slot_name) FROM pg_catalog.pg_replication_slots AS s),
       pg_catalog.current_setting('archive_mode') <> 'off';
