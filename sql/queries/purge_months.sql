-- The months of a partitioned table that may be over, as far as a plan's cutoff and day say.
-- Parameters: $1 digest (hexadecimal).
-- Result: each partition's name, oldest month first.
WITH plan AS MATERIALIZED (
    SELECT p.text::pg_catalog.json ->> 'table' AS tab,
           (SELECT pg_catalog.max((c.part ->> 'created_to')::pg_catalog.timestamptz)
            FROM pg_catalog.json_array_elements(p.text::pg_catalog.json -> 'chains') AS c(part))
               + '1 month'::pg_catalog.interval AS until
    FROM auditproof.purge_plan AS p
    WHERE p.digest = pg_catalog.decode($1, 'hex')
)
SELECT m.partition::pg_catalog.text
FROM plan AS p
CROSS JOIN LATERAL auditproof.partition_list(pg_catalog.to_regclass('public.' || p.tab)) AS m
WHERE m.from_time IS NOT NULL AND m.to_time <= p.until
ORDER BY m.from_time;
