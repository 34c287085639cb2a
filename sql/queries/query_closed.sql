-- What rules found at the end of a window: that something did not happen, or not as often. The worst first, then the newest.
-- The time is that of the entry which showed it, or when that was chained where it claims none, or one that is infinitely
-- far away: what has no time is in no period, and not to go unseen.
-- Parameters: $1 levels; $2 since and $3 until (NULL: no end); $4 chain or NULL; $5 id of the rule or NULL; $6 at most so
-- many.
-- Columns: level, rule_id, title, chain_id, id of that entry, the time in microseconds since 1970
SELECT f.level, f.rule_id, f.title, f.chain_id, l.id,
       (pg_catalog.date_part('epoch', t.shown_at) * 1000000)::pg_catalog.int8
FROM auditproof.risk_finding AS f
JOIN public.audit_logs AS l
  ON l.id = f.log_id AND coalesce(l.organization_id, '00000000-0000-0000-0000-000000000000') = f.chain_id
LEFT JOIN auditproof.chain_entry AS e ON e.chain_id = f.chain_id AND e.seq = f.seq
CROSS JOIN LATERAL (SELECT CASE WHEN pg_catalog.isfinite(l.created_at) THEN l.created_at ELSE e.recorded_at END) AS t (shown_at)
WHERE f.closed AND f.level = ANY ($1::pg_catalog.text[])
  AND t.shown_at >= $2::pg_catalog.timestamptz
  AND ($3::pg_catalog.timestamptz IS NULL OR t.shown_at < $3::pg_catalog.timestamptz)
  AND ($4::pg_catalog.uuid IS NULL OR f.chain_id = $4::pg_catalog.uuid)
  AND ($5::pg_catalog.text IS NULL OR f.rule_id = $5::pg_catalog.text)
ORDER BY pg_catalog.array_position('{critical,high,medium,low,informational}'::pg_catalog.text[], f.level),
         t.shown_at DESC, f.rule_id COLLATE "C", l.id
LIMIT $6::pg_catalog.int8
