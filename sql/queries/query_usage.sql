-- What a tenant used each day: the beginning of a statement that one of query_usage_* ends.
-- Parameters: $1 organization, $2 from and $3 before which time. Result: none by itself
--
-- A row for a whole day counts as that day, and rows for its hours, of which it is the sum, only where there is none. What
-- is a level does not add up: the highest hour is the day's. No two currencies or units come together.
WITH period AS (SELECT ($2::pg_catalog.timestamptz AT TIME ZONE 'UTC')::pg_catalog.date AS since),
counted AS (
    SELECT u.resource_type, u.unit, pg_catalog.upper(u.currency) AS currency, u.usage_date AS day,
           u.usage_hour IS NULL AS whole, u.resource_type IN ('storage_gb', 'active_contacts', 'active_users') AS level,
           pg_catalog.count(*) AS times, pg_catalog.sum(u.quantity) AS added, pg_catalog.max(u.quantity) AS highest,
           pg_catalog.sum(u.quantity) FILTER (WHERE u.is_billable) AS billable,
           pg_catalog.sum(u.overage_quantity) AS overage, pg_catalog.sum(u.total_cost) FILTER (WHERE u.is_billable) AS cost,
           pg_catalog.count(*) FILTER (WHERE u.is_billable AND u.total_cost IS NULL) AS unpriced
    FROM public.usage_tracking AS u
    WHERE u.organization_id = $1::pg_catalog.uuid
      AND u.usage_date >= ($2::pg_catalog.timestamptz AT TIME ZONE 'UTC')::pg_catalog.date
      AND u.usage_date < $3::pg_catalog.timestamptz AT TIME ZONE 'UTC'
      -- NaN is more than infinity. What is no number would make a sum none.
      AND u.quantity > '-Infinity' AND u.quantity < 'Infinity'
      AND coalesce(u.overage_quantity, 0) > '-Infinity' AND coalesce(u.overage_quantity, 0) < 'Infinity'
      AND coalesce(u.total_cost, 0) > '-Infinity' AND coalesce(u.total_cost, 0) < 'Infinity'
    GROUP BY u.resource_type, u.unit, pg_catalog.upper(u.currency), u.usage_date, u.usage_hour IS NULL),
chosen AS (
    SELECT c.*, pg_catalog.bool_or(c.whole) OVER (PARTITION BY c.resource_type, c.day) AS has_whole FROM counted AS c),
days AS (
    SELECT c.resource_type, c.unit, c.currency, c.day, c.level, CASE WHEN c.level THEN c.highest ELSE c.added END AS quantity,
           CASE WHEN NOT c.level THEN coalesce(c.billable, 0) END AS billable, CASE WHEN NOT c.level THEN c.overage END AS overage,
           c.cost, c.unpriced
    FROM chosen AS c WHERE c.whole = c.has_whole)
