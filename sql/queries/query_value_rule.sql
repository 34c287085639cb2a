-- Which rule found it, once however many versions of the rule did; query_where_* and query_tally_* follow.
-- Parameters: none. Columns: value, detail, label, created_at, id
SELECT f.rule_id AS value, NULL::pg_catalog.text AS detail, f.title AS label, l.created_at, l.id
FROM auditproof.risk_finding AS f
JOIN public.audit_logs AS l
  ON l.id = f.log_id AND coalesce(l.organization_id, '00000000-0000-0000-0000-000000000000') = f.chain_id
WHERE NOT f.closed
  AND NOT EXISTS (SELECT FROM auditproof.risk_finding AS o
                  WHERE o.chain_id = f.chain_id AND o.log_id = f.log_id AND o.rule_id = f.rule_id AND NOT o.closed
                    AND o.ruleset < f.ruleset)
