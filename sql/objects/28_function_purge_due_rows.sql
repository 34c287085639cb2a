-- What of a tenant's rows of performance_analytics may leave as of a day, for a plan: those from before a cutoff, at 00:00
-- UTC, which no hold covers. NULL when nothing is due.
CREATE OR REPLACE FUNCTION auditproof.purge_due_rows(chain uuid, day date) RETURNS json
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET row_security = on
AS $body$
DECLARE
    days CONSTANT integer := auditproof.keep_days(chain);
    cutoff CONSTANT timestamptz := (day - days)::timestamp AT TIME ZONE 'UTC';
    part json;
BEGIN
    WITH due AS MATERIALIZED (
        SELECT pg_column_size(p) AS bytes, greatest(p."timestamp", p.created_at) AS at, h.holds
          FROM public.performance_analytics p
         CROSS JOIN LATERAL (SELECT array_agg(l.hold_id) AS holds FROM auditproof.legal_hold l
                              WHERE l.hold_id IN (SELECT auditproof.holds_of(chain))
                                AND auditproof.hold_covers_row(l, p.user_id, p."timestamp", p.created_at)) AS h
         WHERE auditproof.chain_of(p.organization_id) = chain AND greatest(p."timestamp", p.created_at) < cutoff
    )
    SELECT json_build_object('chain', chain, 'days', days, 'policy', auditproof.purge_policy(chain, 'performance_analytics'),
               'cutoff', auditproof.time_text(cutoff), 'entries', count(*) FILTER (WHERE d.holds IS NULL),
               'bytes', coalesce(sum(d.bytes) FILTER (WHERE d.holds IS NULL), 0),
               'created_from', auditproof.time_text(min(d.at) FILTER (WHERE d.holds IS NULL)),
               'created_to', auditproof.time_text(max(d.at) FILTER (WHERE d.holds IS NULL)),
               'held_entries', count(*) FILTER (WHERE d.holds IS NOT NULL),
               'held', coalesce((SELECT json_agg(json_build_object('hold', k.id, 'entries', k.entries) ORDER BY k.id)
                                   FROM (SELECT h.id, count(*) AS entries FROM due d CROSS JOIN unnest(d.holds) AS h (id)
                                          GROUP BY h.id) AS k), '[]'))
      INTO part
      FROM due d
    HAVING count(*) > 0;
    RETURN part;
END
$body$;
