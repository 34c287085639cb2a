-- Parameters: $1 id of the rule.
  AND EXISTS (SELECT FROM auditproof.risk_finding f
              WHERE f.chain_id = coalesce(l.organization_id, '00000000-0000-0000-0000-000000000000')
                AND f.log_id = l.id AND NOT f.closed AND f.rule_id = $1::pg_catalog.text)
