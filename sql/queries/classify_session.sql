-- Settings of a session that classifies: a chain is read in its order through its index, and a person's past through
-- that of the account, whatever the statistics say.
-- Parameters: none. Result: the settings.
SELECT pg_catalog.set_config('enable_seqscan', 'off', false), pg_catalog.set_config('enable_hashjoin', 'off', false),
       pg_catalog.set_config('enable_mergejoin', 'off', false)
