-- Has an organization a chain? Parameters: $1 it. Result: whether
SELECT EXISTS (SELECT FROM auditproof.chain AS c WHERE c.chain_id = $1::pg_catalog.uuid)
