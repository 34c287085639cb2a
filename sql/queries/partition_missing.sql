-- The months that have no partition and should have one: auditproof.partition_missing().
-- Parameters: $1 the table's name, $2 months ahead. Columns: month, as made for auditproof.partition_make; as YYYY-MM
SELECT m, pg_catalog.to_char(m AT TIME ZONE 'UTC', 'YYYY-MM') FROM auditproof.partition_missing($1, $2::integer) AS m;
