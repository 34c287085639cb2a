-- The transaction that installs. What the statements below need to know comes as settings of this transaction only.
BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;
SELECT pg_catalog.set_config('search_path', '', true),
       pg_catalog.set_config('client_min_messages', 'warning', true),
       pg_catalog.set_config('row_security', 'on', true),
       pg_catalog.set_config('lock_timeout', :'lock_timeout', true),
       pg_catalog.set_config('auditproof.lock_timeout', :'lock_timeout', true),
       pg_catalog.set_config('auditproof.version', :'version', true),
       pg_catalog.set_config('auditproof.migrations', :'migrations', true);
