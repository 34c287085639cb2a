-- Is no other installer at work on this database? If so, it is our turn until the transaction ends.
-- Parameters: none. Columns: ours
SELECT pg_catalog.pg_try_advisory_xact_lock(4706346191862129) AS ours;
