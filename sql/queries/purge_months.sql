-- The months of a partitioned table that may be over, as far as a plan's cutoff and day say.
-- Parameters: $1 digest (hexadecimal).
-- Result: each partition's name, oldest month first.
SELECT m.partition::pg_catalog.text
FROM auditproof.purge_plan AS p
CROSS JOIN LATERAL auditproof.partition_list(pg_catalog.to_regclass('public.' || (p.text::pg_catalog.json ->> 'table'))) AS m
WHERE p.digest = pg_catalog.decode($1, 'hex') AND m.from_time IS NOT NULL
  AND m.to_time <= (SELECT pg_catalog.max((c.part ->> 'created_to')::pg_catalog.timestamptz)
                    FROM pg_catalog.json_array_elements(p.text::pg_catalog.json -> 'chains') AS c(part)) + '1 month'::pg_catalog.interval
ORDER BY m.from_time;
