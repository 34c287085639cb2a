-- What of performance_analytics may leave, what only a hold keeps, and when the next day comes on which something may leave: for
-- a tenant, or for all of them where chain is NULL. Overdue is what could have left `grace` days ago. The rows themselves are
-- not for everybody who may ask this.
CREATE OR REPLACE FUNCTION auditproof.rows_due(chain uuid, grace integer)
RETURNS TABLE (tenant uuid, days integer, due bigint, held bigint, overdue bigint, bytes bigint, since date, next date,
               month_rows bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET row_security = on
AS $body$
#variable_conflict use_column
DECLARE
    today CONSTANT date := (now() AT TIME ZONE 'UTC')::date;
BEGIN
    IF NOT has_table_privilege('public.performance_analytics', 'SELECT') THEN
        RETURN;
    END IF;
    RETURN QUERY
    WITH rows AS MATERIALIZED (
        SELECT auditproof.chain_of(p.organization_id) AS id, greatest(p."timestamp", p.created_at) AS at, pg_column_size(p) AS bytes,
               p.user_id, p."timestamp", p.created_at
          FROM public.performance_analytics p
         WHERE rows_due.chain IS NULL OR auditproof.chain_of(p.organization_id) = rows_due.chain
    ), tenants AS MATERIALIZED (
        SELECT t.id, auditproof.keep_days(t.id) AS days, ARRAY(SELECT auditproof.holds_of(t.id)) AS holds
          FROM (SELECT DISTINCT r.id FROM rows r) AS t
    ), judged AS (
        SELECT t.id, t.days, r.bytes, r.at >= now() - interval '30 days' AS recent, u.until,
               u.until <= today AND t.holds <> '{}'
               AND EXISTS (SELECT FROM auditproof.legal_hold h
                            WHERE h.hold_id = ANY (t.holds)
                              AND auditproof.hold_covers_row(h, r.user_id, r."timestamp", r.created_at)) AS held
          FROM rows r
          JOIN tenants t ON t.id = r.id
         CROSS JOIN LATERAL (SELECT (r.at AT TIME ZONE 'UTC')::date + t.days + 1 AS until) AS u
    )
    SELECT j.id, j.days, count(*) FILTER (WHERE j.until <= today AND NOT j.held), count(*) FILTER (WHERE j.held),
           count(*) FILTER (WHERE j.until + grace < today AND NOT j.held),
           coalesce(sum(j.bytes) FILTER (WHERE j.until <= today AND NOT j.held), 0)::bigint,
           min(j.until) FILTER (WHERE j.until <= today AND NOT j.held), min(j.until) FILTER (WHERE j.until > today),
           count(*) FILTER (WHERE j.recent)
      FROM judged j
     GROUP BY j.id, j.days
     ORDER BY 3 DESC, 4 DESC, 1;
END
$body$;
