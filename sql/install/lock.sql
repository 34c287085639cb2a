-- Of two installers one waits, for as long as it takes: nobody queues behind this lock but installers.
SELECT pg_catalog.set_config('lock_timeout', '0', true);
SELECT pg_catalog.pg_advisory_xact_lock(4706346191862129);
SELECT pg_catalog.set_config('lock_timeout', pg_catalog.current_setting('auditproof.lock_timeout'), true);
