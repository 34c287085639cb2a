-- Parameters: $1 levels, of which none is the entry's own, and one is that of a finding.
  AND coalesce(l.risk_level, 'low') <> ALL ($1::pg_catalog.text[])
  AND EXISTS (SELECT FROM auditproof.risk_finding f
              WHERE f.chain_id = coalesce(l.organization_id, '00000000-0000-0000-0000-000000000000')
                AND f.log_id = l.id AND NOT f.closed AND f.level = ANY ($1::pg_catalog.text[]))
