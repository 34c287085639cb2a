-- Parameters: $1 levels, of which one is the entry's own or that of a finding. No index leads to both at once: for entries
-- that are at hand already.
  AND (coalesce(l.risk_level, 'low') = ANY ($1::pg_catalog.text[])
       OR EXISTS (SELECT FROM auditproof.risk_finding f
                  WHERE f.chain_id = coalesce(l.organization_id, '00000000-0000-0000-0000-000000000000')
                    AND f.log_id = l.id AND NOT f.closed AND f.level = ANY ($1::pg_catalog.text[])))
