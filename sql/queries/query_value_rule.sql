-- Which rule found it; query_where_* and query_tally_* follow.
-- Parameters: none. Columns: value, detail, label, created_at, id
SELECT f.rule_id AS value, NULL::pg_catalog.text AS detail, f.title AS label, l.created_at, l.id
FROM auditproof.risk_finding AS f
JOIN public.audit_logs AS l
  ON l.id = f.log_id AND coalesce(l.organization_id, '00000000-0000-0000-0000-000000000000') = f.chain_id
WHERE NOT f.closed
