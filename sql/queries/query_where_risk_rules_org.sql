-- Parameters: $1 levels, of which none is the entry's own, and one is that of a finding; $2 chain.
  AND coalesce(l.risk_level, 'low') <> ALL ($1::pg_catalog.text[])
  AND EXISTS (SELECT FROM auditproof.risk_finding f
              WHERE f.chain_id = $2::pg_catalog.uuid
                AND f.log_id = l.id AND NOT f.closed AND f.level = ANY ($1::pg_catalog.text[]))
