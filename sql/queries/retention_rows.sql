-- What of each tenant's rows of performance_analytics may leave, what only a hold keeps, and when the next day comes on which
-- something may leave.
-- Parameters: $1 chain or NULL for all; $2 days after which what may leave is overdue.
-- Columns: organization (NULL where a row has none), days, due, held, overdue, bytes of what is due, due since, next day.
SELECT NULLIF(r.tenant, '00000000-0000-0000-0000-000000000000'), r.days, r.due, r.held, r.overdue, r.bytes, r.since, r.next
FROM auditproof.rows_due($1::pg_catalog.uuid, $2::pg_catalog.int4) AS r;
