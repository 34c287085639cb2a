-- How the server chooses a plan for what comes next in this transaction. Where it may not sort, it walks the one index that
-- has an organization's entries in the order that is asked for, and holds most filters against the index alone: what it
-- estimates of a filter can be wrong by thousands, and the plans that an estimate of one row makes read every entry.
-- Parameters: $1 may it sort: on or off. Result: the settings
SELECT pg_catalog.set_config('enable_sort', $1, true),
       pg_catalog.set_config('enable_incremental_sort', $1, true)
