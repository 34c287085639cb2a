-- In this transaction, what is counted has room, so that it need not be sorted, nor go to disk.
-- Parameters: none. Result: the setting, or none where there is as much already.
SELECT pg_catalog.set_config('work_mem', '64MB', true)
WHERE pg_catalog.pg_size_bytes(pg_catalog.current_setting('work_mem')) < 64 * 1024 * 1024
